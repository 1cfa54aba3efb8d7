/**
 * The code of an error (`ENOENT`, `UND_ERR_SOCKET`), its own or that of its cause: clients wrap the system's error, and
 * Node wraps several where a name has several addresses and none answered. `undefined` if none has one.
 */
export function errorCode(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if ('code' in error && typeof error.code === 'string') return error.code;
  if (error instanceof AggregateError) return error.errors.map(errorCode).find((code) => code !== undefined);
  return errorCode(error.cause);
}
