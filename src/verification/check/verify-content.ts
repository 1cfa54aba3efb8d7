import { createHash } from 'node:crypto';
import type { VerifiedContent } from '../../domain/finding.ts';
import { isJsonObject, type JsonObject } from '../../kit/json.ts';
import { valueAt } from '../../kit/json-path.ts';
import { shortText } from '../../kit/short-text.ts';
import { parseStatement } from '../read/parse-statement.ts';
import type { SignedContent } from '../read/signed-evidence.ts';
import type { VerificationSubject } from '../read/verification-material.ts';
import { aboutAnother } from './about-another.ts';
import { Refusal } from './refusal.ts';

type SignedMessage = Extract<SignedContent, { kind: 'manifest' }>;
type Said = Pick<VerifiedContent, 'statement' | 'annotations'>;

// https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md#simple-signing
const IMAGE_SIGNATURE = 'cosign container image signature';

/**
 * Checks that what was signed is about this image, whatever its form: nothing in the cryptography compares that.
 * Returns what else it says, which counts for something once the signature is verified.
 * @throws {Refusal}
 */
export function verifyContent(content: SignedContent, subject: VerificationSubject): Said {
  if (content.kind === 'manifest') return checkMessage(content, subject);
  if (content.kind === 'simple-signing') return { annotations: checkSimpleSigning(content.json, subject) };
  return parseStatement(content, subject.digest);
}

// The digest that the bundle states proves nothing, but it must not differ from the real one.
function checkMessage({ digest, hash }: SignedMessage, { manifest, digest: subject }: VerificationSubject): Said {
  const found = `${hash}:${digest.toString('hex')}`;
  const expected = manifest === undefined ? subject : `${hash}:${createHash(hash).update(manifest).digest('hex')}`;
  if (found !== expected) throw aboutAnother(expected, found);
  return {};
}

function checkSimpleSigning(json: JsonObject, subject: VerificationSubject): JsonObject {
  const type = valueAt(json, 'critical', 'type');
  if (type !== IMAGE_SIGNATURE) {
    throw new Refusal('PAYLOAD_TYPE_WRONG', 'The signed payload is not an image signature.', {
      expected: IMAGE_SIGNATURE,
      found: typeof type === 'string' ? shortText(type) : 'no type',
    });
  }
  const digest = valueAt(json, 'critical', 'image', 'docker-manifest-digest');
  if (digest !== subject.digest) throw aboutAnother(subject.digest, typeof digest === 'string' ? digest : 'no digest');
  const optional = valueAt(json, 'optional') ?? {};
  if (isJsonObject(optional)) return optional;
  throw new Refusal('STATEMENT_MALFORMED', 'The annotations of the signed payload cannot be read.', {
    expected: 'an object',
  });
}
