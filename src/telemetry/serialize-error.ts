import { FaultError, InvalidInputError } from '../kit/errors.ts';

/** An error as it goes to the log. */
export interface SerializedError {
  readonly type: string;
  readonly message: string;
  readonly code?: string;
  readonly hint?: string;
  readonly remoteCode?: string;
  readonly stack?: string;
  readonly cause?: SerializedError;
}

// Deeper chains do not occur; a cycle would never end.
const MAX_CAUSES = 5;

/**
 * Writes an error with its causes. Only named fields are taken: errors of HTTP, SMTP and database clients carry
 * requests, headers and arguments, and with them credentials.
 */
export function serializeError(error: unknown, depth = 0): SerializedError {
  if (!(error instanceof Error)) return { type: typeof error, message: String(error).slice(0, 500) };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  const expected = error instanceof FaultError || error instanceof InvalidInputError;
  return {
    type: error.name,
    message: error.message,
    ...(code !== undefined && { code }),
    ...(error instanceof FaultError && error.hint !== undefined && { hint: error.hint }),
    ...(error instanceof FaultError && error.remoteCode !== undefined && { remoteCode: error.remoteCode }),
    // The stack of an expected error says nothing; that of a bug is needed to find it.
    ...(!expected && error.stack !== undefined && { stack: error.stack }),
    ...(error.cause !== undefined && depth < MAX_CAUSES && { cause: serializeError(error.cause, depth + 1) }),
  };
}
