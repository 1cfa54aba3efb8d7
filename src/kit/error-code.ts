/**
 * The code of an error (`ENOENT`, `UND_ERR_SOCKET`), its own or that of what caused it: clients wrap what the system
 * said, and Node gives one error for a name with several addresses, none of which answered. `undefined` if none has one.
 */
export function errorCode(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if ('code' in error && typeof error.code === 'string') return error.code;
  if (error instanceof AggregateError) return error.errors.map(errorCode).find((code) => code !== undefined);
  return errorCode(error.cause);
}
