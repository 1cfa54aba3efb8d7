/**
 * What this run must have, by `LAZARET_REQUIRE_PARTS` (names by comma): servers, and `signatures` for those of the
 * packages. What is not there is a failure then, else skipped.
 */
export function requiredParts(): string[] {
  return (process.env['LAZARET_REQUIRE_PARTS'] ?? '').split(',').map((name) => name.trim());
}
