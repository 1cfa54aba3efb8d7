import { InvalidInputError } from '../kit/errors.ts';
import type { Json } from '../kit/json.ts';
import { parseJson } from '../kit/parse-json.ts';

// Read on the main thread: more than a thousand signatures of one image, and parsed in a few milliseconds.
const BOUNDS = { maxValues: 20_000 };

/**
 * The JSON in these bytes; `undefined` where it is none, can be read in more than one way, or is too large to read
 * here.
 * @throws only what is a defect of ours
 */
export function parseSmallJson(bytes: Uint8Array): Json | undefined {
  try {
    return parseJson(bytes, BOUNDS);
  } catch (error) {
    if (error instanceof InvalidInputError) return undefined;
    throw error;
  }
}
