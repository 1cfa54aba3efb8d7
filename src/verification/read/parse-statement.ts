import { type Digest, digestAlgorithm, digestHex } from '../../domain/digest.ts';
import type { VerifiedContent } from '../../domain/finding.ts';
import { isJsonObject, type Json, type JsonObject } from '../../kit/json.ts';
import { valueAt } from '../../kit/json-path.ts';
import { shortText } from '../../kit/short-text.ts';
import { aboutAnother } from '../check/about-another.ts';
import { overLimit, Refusal } from '../check/refusal.ts';
import { LIMITS } from '../limits.ts';
import type { SignedContent } from './signed-evidence.ts';

type Statement = Required<Pick<VerifiedContent, 'statement'>> & Pick<VerifiedContent, 'annotations'>;

const PAYLOAD_TYPE = 'application/vnd.in-toto+json';
const STATEMENT_TYPES: readonly string[] = ['https://in-toto.io/Statement/v0.1', 'https://in-toto.io/Statement/v1'];

/**
 * Reads an envelope's in-toto statement (https://github.com/in-toto/attestation/tree/main/spec/v1) about this image,
 * with the annotations of the subject that is this image: there `cosign sign -a` puts them since version 3.
 * The name of a subject is the signer's choice and is never compared, only its digest.
 * @throws {Refusal} `PAYLOAD_TYPE_WRONG`, `STATEMENT_MALFORMED`, `SUBJECT_MISMATCH`, `EVIDENCE_OVER_LIMIT`
 */
export function parseStatement(
  { payloadType, json }: Extract<SignedContent, { kind: 'envelope' }>,
  digest: Digest,
): Statement {
  if (payloadType !== PAYLOAD_TYPE) {
    throw new Refusal('PAYLOAD_TYPE_WRONG', 'What was signed does not say that it is a statement about software.', {
      expected: PAYLOAD_TYPE,
      found: shortText(payloadType) || 'no type',
    });
  }
  if (!json.ok) throw json.refusal;
  const { value } = json;
  const type = valueAt(value, '_type');
  if (typeof type !== 'string' || !STATEMENT_TYPES.includes(type)) {
    throw statementMalformed('it is of no known version', STATEMENT_TYPES.join(' or '), type);
  }
  const annotations = valueAt(findSubject(valueAt(value, 'subject'), digest), 'annotations');
  const predicateType = valueAt(value, 'predicateType');
  if (typeof predicateType !== 'string' || predicateType === '') {
    throw statementMalformed('it does not say what kind of statement it is', 'a predicateType', predicateType);
  }
  // The specification: an unset predicate is the same as an empty one.
  const predicate: Json = valueAt(value, 'predicate') ?? {};
  if (!isJsonObject(predicate)) throw statementMalformed('its predicate is not an object', 'an object', predicate);
  return { statement: { predicateType, predicate }, ...(isJsonObject(annotations) && { annotations }) };
}

// The first that is this image, as cosign has it.
function findSubject(subjects: Json | undefined, digest: Digest): Json {
  if (!Array.isArray(subjects) || subjects.length === 0) {
    throw statementMalformed('it does not say what it is about', 'a list of subjects', subjects);
  }
  if (subjects.length > LIMITS.subjects) throw overLimit('subjects', LIMITS.subjects, subjects.length);
  const digests = subjects.flatMap(digestsOf);
  for (const { size } of digests) {
    if (size > LIMITS.digestsPerSubject) throw overLimit('digests in a subject', LIMITS.digestsPerSubject, size);
  }
  const algorithm = digestAlgorithm(digest);
  const named = digests.flatMap(({ subject, values }) => {
    const value = valueAt(values, algorithm);
    return typeof value === 'string' ? [{ subject, value }] : [];
  });
  const found = named.find(({ value }) => value === digestHex(digest));
  if (found !== undefined) return found.subject;
  const first = named[0]?.value;
  const more = named.length > 1 ? ` and ${named.length - 1} more` : '';
  throw aboutAnother(digest, first === undefined ? `no ${algorithm} digest` : `${algorithm}:${first}${more}`);
}

interface Digests {
  readonly subject: Json;
  readonly values: JsonObject;
  readonly size: number;
}

function digestsOf(subject: Json): readonly Digests[] {
  const values = valueAt(subject, 'digest');
  return isJsonObject(values) ? [{ subject, values, size: Object.keys(values).length }] : [];
}

function statementMalformed(why: string, expected: string, found: Json | undefined): Refusal {
  return new Refusal('STATEMENT_MALFORMED', `The signed statement cannot be used: ${why}.`, {
    expected,
    found: typeof found === 'string' ? shortText(found) || 'an empty text' : describe(found),
  });
}

function describe(value: Json | undefined): string {
  if (value === undefined || value === null) return 'nothing';
  return Array.isArray(value) ? 'a list' : `a value of type ${typeof value}`;
}
