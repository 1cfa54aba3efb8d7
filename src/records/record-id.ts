/**
 * Reads an id this record handed out. Anything else is `undefined`: a job or a request that names it finds nothing,
 * instead of an error of the database about its type.
 */
export function parseRecordId(text: string): number | undefined {
  // 15 digits stay below 2^53.
  return /^[1-9][0-9]{0,14}$/.test(text) ? Number(text) : undefined;
}
