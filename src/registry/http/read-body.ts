import type { Readable } from 'node:stream';
import { FaultError } from '../../kit/errors.ts';

/**
 * Reads a body of at most `maxBytes`. One that declares more is not read at all; one that sends more is cut off in the
 * middle, by closing its connection.
 * @throws {FaultError} `REGISTRY_RESPONSE_TOO_LARGE`
 */
export async function readBody(
  body: Readable,
  maxBytes: number,
  about: { readonly host: string; readonly length: string | undefined },
): Promise<Uint8Array> {
  if (about.length !== undefined && Number(about.length) > maxBytes) {
    discard(body);
    throw tooLarge(about.host, maxBytes, `${about.length}`);
  }
  const chunks: Uint8Array[] = [];
  let total = 0;
  for await (const chunk of body) {
    const bytes: Uint8Array = chunk;
    total += bytes.byteLength;
    // Leaving the loop destroys the stream, and with it the socket.
    if (total > maxBytes) throw tooLarge(about.host, maxBytes, 'more');
    chunks.push(bytes);
  }
  return total > SHARED_BYTES ? joinShared(chunks, total) : Buffer.concat(chunks, total);
}

/** From this size on a body lies in memory that threads can share, so that it is never copied; it is never changed. */
const SHARED_BYTES = 256 * 1024;

function joinShared(chunks: readonly Uint8Array[], total: number): Uint8Array {
  const joined = new Uint8Array(new SharedArrayBuffer(total));
  let at = 0;
  for (const chunk of chunks) {
    joined.set(chunk, at);
    at += chunk.byteLength;
  }
  return joined;
}

/** Reads the start of a body that only explains an error; the rest is not waited for. */
export async function readBodyStart(body: Readable, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let total = 0;
  try {
    for await (const chunk of body) {
      const bytes: Uint8Array = chunk;
      chunks.push(bytes);
      total += bytes.byteLength;
      if (total > maxBytes) break;
    }
  } catch {
    // The status is known; an explanation that breaks off says less, but changes nothing.
  }
  return Buffer.concat(chunks, total).subarray(0, maxBytes);
}

function discard(body: Readable): void {
  // Destroying a body that is still arriving reports an error nobody waits for.
  body.on('error', () => undefined).destroy();
}

function tooLarge(host: string, maxBytes: number, found: string): FaultError {
  return new FaultError(
    'REGISTRY_RESPONSE_TOO_LARGE',
    `${host}: expected an answer of at most ${maxBytes} bytes, got ${found.slice(0, 20)}`,
    { retryable: false },
  );
}
