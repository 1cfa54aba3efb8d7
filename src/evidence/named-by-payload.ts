import { type Digest, parseDigest } from '../domain/digest.ts';
import { isJsonObject, type Json } from '../kit/json.ts';
import { parseSmallJson } from './parse-small-json.ts';

/** More subjects than this are not looked up again; a statement about one image names one. */
const MAX_SUBJECTS = 16;

/**
 * The image digests that the payload of a cosign layer names: of a simple-signing payload, or of the statement in a
 * DSSE envelope. `null` if it is neither; none if it is one, but names no image. Nothing is verified.
 */
export function namedByPayload(bytes: Uint8Array): readonly Digest[] | null {
  const payload = parseSmallJson(bytes);
  if (!isJsonObject(payload)) return null;
  if (isJsonObject(payload['critical'])) {
    const { image } = payload['critical'];
    return digestsOf([isJsonObject(image) ? image['docker-manifest-digest'] : undefined]);
  }
  if (typeof payload['payloadType'] !== 'string' || typeof payload['payload'] !== 'string') return null;
  return subjectsOf(parseSmallJson(Buffer.from(payload['payload'], 'base64')));
}

/** The same for a statement that nobody has signed, as BuildKit writes it. None where it is too large to parse here. */
export function namedByStatement(bytes: Uint8Array): readonly Digest[] | null {
  return subjectsOf(parseSmallJson(bytes));
}

function subjectsOf(statement: Json | undefined): readonly Digest[] {
  const subjects = isJsonObject(statement) && Array.isArray(statement['subject']) ? statement['subject'] : [];
  return digestsOf(subjects.slice(0, MAX_SUBJECTS).map(sha256Of));
}

function sha256Of(subject: Json): string | undefined {
  const digest = isJsonObject(subject) ? subject['digest'] : undefined;
  const hex = isJsonObject(digest) ? digest['sha256'] : undefined;
  return typeof hex === 'string' ? `sha256:${hex}` : undefined;
}

function digestsOf(values: readonly (Json | undefined)[]): readonly Digest[] {
  return values.flatMap((value) => parseDigest(value) ?? []);
}
