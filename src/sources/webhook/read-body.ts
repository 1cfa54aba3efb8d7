import type { IncomingMessage } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { FaultError, InvalidInputError } from '../../kit/errors.ts';
import type { PayloadLimits } from '../dialects/payload-limits.ts';
import { JsonOutline, MAX_OUTLINE_BYTES, OUTLINED_FROM_BYTES } from '../json-outline.ts';
import type { BodyCheck } from './sender.ts';

// Some milliseconds. The server reads up to 2 MiB from a socket before it looks at another.
const BYTES_PER_TURN = 128 * 1024;

// Of all requests at the same time: 500 senders that each send a megabyte slowly must not fill the memory.
const MAX_HELD_BYTES = 32 * 1024 * 1024;

/** The body of a request. */
export interface RequestBody {
  /** What is parsed: of a large body its outline. */
  readonly payload: Uint8Array;
  /** The check that has read the body as it was sent; present only where the body is signed. */
  readonly check?: BodyCheck;
}

export interface ReadOptions {
  readonly limits: PayloadLimits;
  readonly check?: BodyCheck | undefined;
}

/** Reads the body of a request, bounded for itself and together with all others of the same reader. */
export type ReadBody = (request: IncomingMessage, options: ReadOptions) => Promise<RequestBody>;

/**
 * Creates a reader of bodies that share one budget of memory. A large body takes little of it: its outline is made while
 * it comes in.
 * The returned function throws {InvalidInputError} `EVENT_TOO_LARGE`, and {FaultError} `QUEUE_UNAVAILABLE` when the
 * budget is spent.
 */
export function createBodyReader(): ReadBody {
  let held = 0;
  return async (request, { limits, check }) => {
    const body = collect(limits);
    let own = 0;
    let size = 0;
    let sinceTurn = 0;
    // What announces itself as too large is refused before it is sent.
    if (Number(request.headers['content-length']) > limits.bodyBytes) throw bodyTooLarge(limits.bodyBytes);
    try {
      for await (const chunk of wholeBody(request) ?? request) {
        size += chunk.length;
        if (size > limits.bodyBytes) throw bodyTooLarge(limits.bodyBytes);
        sinceTurn += chunk.length;
        if (sinceTurn > BYTES_PER_TURN) {
          sinceTurn = 0;
          await nextTurn();
        }
        check?.update(chunk);
        body.push(chunk);
        held += body.held() - own;
        own = body.held();
        if (held > MAX_HELD_BYTES)
          throw new FaultError('QUEUE_UNAVAILABLE', 'too many deliveries at once', { retryable: true });
      }
      return { payload: body.take(), ...(check && { check }) };
    } finally {
      held -= own;
    }
  };
}

/** What is here already: nearly all bodies come with their headers, and to wait for one costs more than to read it. */
function wholeBody(request: IncomingMessage): readonly Buffer[] | undefined {
  if (!request.complete) return undefined;
  const body: Buffer | null = request.read();
  return body === null ? [] : [body];
}

function collect({ depth }: PayloadLimits) {
  const chunks: Buffer[] = [];
  let size = 0;
  let outline: JsonOutline | undefined;
  return {
    push(chunk: Buffer): void {
      if (outline === undefined) {
        chunks.push(chunk);
        size += chunk.length;
      }
      if (outline !== undefined) outline.push(chunk);
      else if (size > OUTLINED_FROM_BYTES) {
        outline = new JsonOutline(depth);
        for (const early of chunks) outline.push(early);
        [chunks.length, size] = [0, 0];
      }
      if ((outline?.length ?? 0) > MAX_OUTLINE_BYTES) throw bodyTooLarge(MAX_OUTLINE_BYTES);
    },
    held: () => size + (outline?.length ?? 0),
    take: (): Uint8Array => outline?.take() ?? Buffer.concat(chunks, size),
  };
}

/** The error for a body over a limit. */
export function bodyTooLarge(maxBytes: number): InvalidInputError {
  return new InvalidInputError('EVENT_TOO_LARGE', `expected a body of at most ${maxBytes} bytes, got more`);
}
