import type { IncomingMessage } from 'node:http';
import { FaultError, InvalidInputError } from '../../domain/errors.ts';

/** The largest body of a delivery: the largest real ones, with many layers, stay below 100 KiB. */
export const MAX_BODY_BYTES = 1024 * 1024;
// Bodies of all requests at the same time: 500 senders that each send a megabyte slowly must not fill the memory.
const MAX_BODIES_BYTES = 32 * 1024 * 1024;

/** Reads the raw bytes of a request, bounded for itself and together with all others of the same reader. */
export type ReadBody = (request: IncomingMessage) => Promise<Buffer>;

/**
 * Creates a reader of bodies that share one budget.
 * The returned function throws {InvalidInputError} `EVENT_TOO_LARGE`, and {FaultError} `QUEUE_UNAVAILABLE` when the
 * budget is spent.
 */
export function createBodyReader(): ReadBody {
  let held = 0;
  return async (request) => {
    const chunks: Buffer[] = [];
    let size = 0;
    try {
      for await (const chunk of request) {
        size += chunk.length;
        held += chunk.length;
        if (size > MAX_BODY_BYTES) throw bodyTooLarge();
        if (held > MAX_BODIES_BYTES)
          throw new FaultError('QUEUE_UNAVAILABLE', 'too many deliveries at once', { retryable: true });
        chunks.push(chunk);
      }
      return Buffer.concat(chunks, size);
    } finally {
      held -= size;
    }
  };
}

/** The error for a body over the limit. */
export function bodyTooLarge(): InvalidInputError {
  return new InvalidInputError('EVENT_TOO_LARGE', `expected a body of at most ${MAX_BODY_BYTES} bytes, got more`);
}
