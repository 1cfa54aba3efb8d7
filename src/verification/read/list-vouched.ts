import { COSIGN_SIGN } from '../../domain/cosign-sign.ts';
import { type Digest, digestHex } from '../../domain/digest.ts';
import type { VouchedStatements } from '../../domain/evidence.ts';
import type { Finding } from '../../domain/finding.ts';
import { InvalidInputError } from '../../kit/errors.ts';
import { isJsonObject, type Json, type JsonObject } from '../../kit/json.ts';
import { parseJson } from '../../kit/parse-json.ts';

/**
 * What a finding about a list of statements says about an image: whoever signed the list vouches for every statement in
 * it. The list names the statements by digest, so none can be added later.
 */
export function listVouched(finding: Finding, { statements }: VouchedStatements, image: Digest): readonly Finding[] {
  const { verified } = finding;
  if (finding.code !== 'VERIFIED' || verified === undefined) return [finding];
  const { statement: signed, annotations: _, ...signing } = verified;
  // An attestation about the list, such as a scan of it, does not say that what it lists is true.
  if (signed !== undefined && signed.predicateType !== COSIGN_SIGN) return [nothingAbout(finding, image)];
  const told = statements.flatMap(({ digest, bytes }): readonly Finding[] => {
    const statement = tryParse(bytes);
    if (!isJsonObject(statement) || !namesImage(statement, image)) return [];
    const { predicateType, predicate } = statement;
    if (typeof predicateType !== 'string' || !isJsonObject(predicate) || !isStatement(statement)) return [];
    return [
      {
        evidence: { ...finding.evidence, digest },
        claim: { kind: 'attestation', predicateType },
        material: finding.material,
        code: 'VERIFIED',
        message: 'It verified: its builder wrote it, and the manifest that lists it is signed.',
        verified: { ...signing, statement: { predicateType, predicate } },
      },
    ];
  });
  return told.length > 0 ? told : [nothingAbout(finding, image)];
}

function nothingAbout({ evidence, claim, material }: Finding, image: Digest): Finding {
  return {
    evidence,
    claim,
    material,
    code: 'SUBJECT_MISMATCH',
    message: 'It signs a list of statements, of which none is about this image.',
    expected: image,
  };
}

function isStatement({ _type: type }: JsonObject): boolean {
  return type === 'https://in-toto.io/Statement/v0.1' || type === 'https://in-toto.io/Statement/v1';
}

function namesImage({ subject }: JsonObject, image: Digest): boolean {
  if (!Array.isArray(subject)) return false;
  return subject.some((one: Json) => {
    const digest = isJsonObject(one) ? one['digest'] : undefined;
    return isJsonObject(digest) && digest['sha256'] === digestHex(image) && image.startsWith('sha256:');
  });
}

function tryParse(bytes: Uint8Array): Json | undefined {
  try {
    return parseJson(bytes);
  } catch (error) {
    if (error instanceof InvalidInputError) return undefined;
    throw error;
  }
}
