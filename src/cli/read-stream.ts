import { InvalidInputError } from '../kit/errors.ts';

/** Reads a stream to its end. @throws {InvalidInputError} `EVENT_TOO_LARGE` beyond `maxBytes`. */
export async function readStream(stream: AsyncIterable<Uint8Array | string>, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of stream) {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    size += bytes.length;
    if (size > maxBytes) throw tooLarge('standard input', maxBytes);
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}

/** The error for a payload over the limit. */
export function tooLarge(where: string, maxBytes: number): InvalidInputError {
  return new InvalidInputError('EVENT_TOO_LARGE', `the payload is larger than ${maxBytes} bytes`, [
    {
      where,
      message: `expected at most ${maxBytes} bytes`,
      hint: 'Give one delivery of a registry, not a log of them.',
    },
  ]);
}
