import { InvalidInputError } from '../../kit/errors.ts';
import type { Json } from '../../kit/json.ts';
import { parseJson } from '../../kit/parse-json.ts';
import { malformed, overLimit } from '../check/refusal.ts';
import { LIMITS } from '../limits.ts';

/**
 * Parses hostile JSON of evidence within the limits of size and depth. `what` begins the sentence "… is not JSON".
 * @throws {Refusal} `EVIDENCE_OVER_LIMIT`, `EVIDENCE_MALFORMED`
 */
export function parseEvidenceJson(
  bytes: Uint8Array | string,
  what: string,
  maxValues: number = LIMITS.jsonValues,
): Json {
  if (bytes.length > LIMITS.evidenceBytes) throw overLimit('bytes', LIMITS.evidenceBytes, bytes.length);
  try {
    return parseJson(bytes, { maxDepth: LIMITS.jsonDepth, maxValues });
  } catch (cause) {
    if (!(cause instanceof InvalidInputError)) throw malformed(`${what} is not JSON`, { cause });
    if (cause.code === 'JSON_TOO_DEEP')
      throw overLimit(`levels of JSON, or ${maxValues} values, in ${what}`, LIMITS.jsonDepth, 'more');
    const why = cause.code === 'JSON_DUPLICATE_KEY' ? 'names a field twice' : 'is not JSON';
    throw malformed(`${what} ${why}`, { cause });
  }
}
