import { type Bundle, bundleFromJSON } from '@sigstore/bundle';
import { isJsonObject, type Json, type JsonObject } from '../../kit/json.ts';
import { malformed, overLimit, Refusal } from '../check/refusal.ts';
import { LIMITS } from '../limits.ts';
import { parseEvidenceJson } from './parse-evidence-json.ts';
import { parsePayloadJson } from './parse-payload-json.ts';
import type { MessageHash, SignedContent, SignedEvidence } from './signed-evidence.ts';

// The library matches only a prefix of the type; two readers must not disagree on which format a bundle has.
const VERSION_2 = 'application/vnd.dev.sigstore.bundle+json;version=0.2';
const MEDIA_TYPES: readonly string[] = [
  'application/vnd.dev.sigstore.bundle+json;version=0.1',
  VERSION_2,
  'application/vnd.dev.sigstore.bundle+json;version=0.3',
  'application/vnd.dev.sigstore.bundle.v0.3+json',
];

// HashAlgorithm of protobuf-specs `sigstore_common.proto`; 0 is unspecified, which every reader takes for SHA-256.
const HASHES: Readonly<Record<number, MessageHash>> = { 0: 'sha256', 1: 'sha256', 2: 'sha384', 3: 'sha512' };

/**
 * Reads a Sigstore bundle, versions 0.1 to 0.3, within the limits:
 * https://github.com/sigstore/protobuf-specs/blob/main/protos/sigstore_bundle.proto
 * @throws {Refusal} `EVIDENCE_OVER_LIMIT`, `EVIDENCE_MALFORMED`, `EVIDENCE_UNSUPPORTED`
 */
export function parseBundle(bytes: Uint8Array): SignedEvidence {
  const json = parseEvidenceJson(bytes, 'it');
  if (!isJsonObject(json)) throw malformed('it is not a JSON object');
  checkMediaType(json['mediaType']);
  checkCounts(json);
  const needsChains = isChainInThird(json);
  // The library refuses the chain in version 0.3; in all else its rules for version 0.2 are the same.
  const bundle = decodeBundle(needsChains ? { ...json, mediaType: VERSION_2 } : json);
  checkSizes(bundle);
  return toSignedEvidence(bundle, needsChains);
}

function checkMediaType(mediaType: Json | undefined): void {
  if (typeof mediaType === 'string' && MEDIA_TYPES.includes(mediaType)) return;
  throw new Refusal(
    'EVIDENCE_UNSUPPORTED',
    'The evidence is in a format, or a version of it, that is not known here.',
    {
      expected: 'a Sigstore bundle of version 0.1, 0.2 or 0.3',
      found: typeof mediaType === 'string' ? mediaType.slice(0, 200) : 'no media type',
    },
  );
}

// Checks the numbers of entries before the library decodes anything, and that there is exactly one of each alternative:
// of two, different readers could take different ones.
function checkCounts(json: JsonObject): void {
  const material = json['verificationMaterial'];
  if (!isJsonObject(material)) throw malformed('it has no verification material');
  checkOneOf(json, ['messageSignature', 'dsseEnvelope']);
  checkOneOf(material, ['certificate', 'x509CertificateChain', 'publicKey']);
  checkCount('log entries', material['tlogEntries'], LIMITS.logEntries);
  const timestamps = member(material['timestampVerificationData'], 'rfc3161Timestamps');
  checkCount('timestamps', timestamps, LIMITS.timestamps);
  checkCount('certificates', member(material['x509CertificateChain'], 'certificates'), LIMITS.chainLength);
  checkCount('signatures', member(json['dsseEnvelope'], 'signatures'), LIMITS.logEntries);
}

// By the specification such a bundle holds one certificate; cosign writes a chain with `--certificate-chain`, and reads
// it only when told to.
function isChainInThird({ mediaType, verificationMaterial: material }: JsonObject): boolean {
  const isThird = typeof mediaType === 'string' && /0\.3(?:\+json)?$/.test(mediaType);
  const chain = member(material, 'x509CertificateChain');
  return isThird && chain !== undefined && chain !== null;
}

function checkOneOf(json: JsonObject, names: readonly string[]): void {
  const present = names.filter((name) => json[name] !== undefined && json[name] !== null);
  if (present.length === 1) return;
  const found = present.length === 0 ? 'none' : present.join(' and ');
  throw malformed(`it must hold one of ${names.join(', ')}`, { expected: 'exactly one', found });
}

function checkCount(what: string, value: Json | undefined, limit: number): void {
  if (value === undefined || value === null) return;
  if (!Array.isArray(value)) throw malformed(`its ${what} are not a list`);
  if (value.length > limit) throw overLimit(what, limit, value.length);
}

function member(value: Json | undefined, name: string): Json | undefined {
  return isJsonObject(value) ? value[name] : undefined;
}

// The library throws errors of many kinds over hostile input; all of them mean the same here.
function decodeBundle(json: JsonObject): Bundle {
  try {
    return bundleFromJSON(json);
  } catch (cause) {
    const fields = cause instanceof Error && 'fields' in cause && Array.isArray(cause.fields) ? cause.fields : [];
    const what = fields.length === 0 ? 'a field has the wrong type' : `missing or invalid ${fields.join(', ')}`;
    throw malformed(`it is not a valid bundle (${what})`, { cause });
  }
}

// Canonical numbers, at most 20 digits: the library makes big integers of them before it has checked a signature.
const NUMBER = /^(?:0|[1-9][0-9]{0,19})$/;

function checkSizes(bundle: Bundle): void {
  for (const entry of bundle.verificationMaterial.tlogEntries) {
    checkSize('bytes in a log entry', entry.canonicalizedBody.length, LIMITS.logBodyBytes);
    const { inclusionProof: proof } = entry;
    checkSize(
      'bytes in a checkpoint of a log',
      Buffer.byteLength(proof?.checkpoint?.envelope ?? ''),
      LIMITS.checkpointBytes,
    );
    checkSize('hashes in the proof of a log', proof?.hashes.length ?? 0, LIMITS.proofHashes);
    const numbers = [entry.logIndex, entry.integratedTime, proof?.logIndex ?? '0'];
    if (!numbers.every((text) => NUMBER.test(text))) throw malformed('a number in its log entry is not a number');
  }
  for (const { signedTimestamp } of bundle.verificationMaterial.timestampVerificationData?.rfc3161Timestamps ?? []) {
    checkSize('bytes in a timestamp', signedTimestamp.length, LIMITS.timestampBytes);
  }
  for (const { rawBytes } of certificatesOf(bundle))
    checkSize('bytes in a certificate', rawBytes.length, LIMITS.certificateBytes);
}

function checkSize(what: string, size: number, limit: number): void {
  if (size > limit) throw overLimit(what, limit, size);
}

function certificatesOf(bundle: Bundle): readonly { readonly rawBytes: Buffer }[] {
  const { content } = bundle.verificationMaterial;
  if (content.$case === 'certificate') return [content.certificate];
  return content.$case === 'x509CertificateChain' ? content.x509CertificateChain.certificates : [];
}

function toSignedEvidence(bundle: Bundle, needsChains: boolean): SignedEvidence {
  const { content, tlogEntries, timestampVerificationData } = bundle.verificationMaterial;
  const [leaf, ...chain] = certificatesOf(bundle).map(({ rawBytes }) => rawBytes);
  const { content: signed, signature } = contentOf(bundle);
  return {
    content: signed,
    signature,
    signer:
      leaf === undefined
        ? { kind: 'key', hint: content.$case === 'publicKey' ? content.publicKey.hint : '' }
        : { kind: 'certificate', der: leaf, chain, ...(needsChains && { needsChains }) },
    entries: tlogEntries,
    tokens: (timestampVerificationData?.rfc3161Timestamps ?? []).map(({ signedTimestamp }) => signedTimestamp),
    stamped: signature,
  };
}

function contentOf(bundle: Bundle): { content: SignedContent; signature: Buffer } {
  if (bundle.content.$case === 'messageSignature') {
    const { signature, messageDigest } = bundle.content.messageSignature;
    const hash = HASHES[messageDigest.algorithm];
    if (hash === undefined) {
      throw new Refusal('EVIDENCE_UNSUPPORTED', 'The signature uses a hash that image signatures are not made with.', {
        expected: 'SHA-256, SHA-384 or SHA-512',
        found: `hash algorithm ${messageDigest.algorithm}`,
      });
    }
    return { content: { kind: 'manifest', digest: messageDigest.digest, hash }, signature };
  }
  const { payload, payloadType, signatures } = bundle.content.dsseEnvelope;
  const signature = signatures[0]?.sig ?? Buffer.alloc(0);
  return { content: { kind: 'envelope', payload, payloadType, json: parsePayloadJson(payload) }, signature };
}
