import { type Bundle, bundleFromJSON } from '@sigstore/bundle';
import type { Annotations } from '../../domain/evidence.ts';
import { isJsonObject, type Json, type JsonObject } from '../../kit/json.ts';
import { valueAt } from '../../kit/json-path.ts';
import { malformed, overLimit } from '../check/refusal.ts';
import { LIMITS } from '../limits.ts';
import { parsePem } from '../x509/parse-pem.ts';
import { parseEvidenceJson } from './parse-evidence-json.ts';
import { parsePayloadJson } from './parse-payload-json.ts';
import type { LogEntry, SignedContent, SignedEvidence } from './signed-evidence.ts';

// https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md
const SIGNATURE = 'dev.cosignproject.cosign/signature';
const CERTIFICATE = 'dev.sigstore.cosign/certificate';
const CHAIN = 'dev.sigstore.cosign/chain';
const LOG_ENTRY = 'dev.sigstore.cosign/bundle';
const TIMESTAMP = 'dev.sigstore.cosign/rfc3161timestamp';

/**
 * Reads a layer of cosign's `.sig` image: the payload is the blob, everything else is in the annotations.
 * @throws {Refusal} `EVIDENCE_OVER_LIMIT`, `EVIDENCE_MALFORMED`
 */
export function parseCosignSignature(bytes: Uint8Array, annotations: Annotations): SignedEvidence {
  const json = parseEvidenceJson(bytes, 'the signed payload');
  if (!isJsonObject(json)) throw malformed('the signed payload is not a JSON object');
  const text = annotations[SIGNATURE];
  if (text === undefined || text === '') throw malformed('its signature annotation is missing');
  const signature = decodeBase64(text, 'its signature');
  const payload = Buffer.from(bytes);
  return assemble({ kind: 'simple-signing', payload, json }, signature, signature, payload, annotations);
}

/**
 * Reads a layer of cosign's `.att` image: a DSSE envelope with the rest in the annotations. The timestamp authority
 * stamps the whole envelope there, not the signature in it.
 * @throws {Refusal} `EVIDENCE_OVER_LIMIT`, `EVIDENCE_MALFORMED`
 */
export function parseCosignAttestation(bytes: Uint8Array, annotations: Annotations): SignedEvidence {
  const json = parseEvidenceJson(bytes, 'the envelope');
  if (!isJsonObject(json)) throw malformed('the envelope is not a JSON object');
  const { payloadType, payload, signatures } = json;
  if (typeof payloadType !== 'string' || typeof payload !== 'string') throw malformed('the envelope has no payload');
  const all = parseSignatures(signatures);
  const [signature, ...more] = all;
  if (signature === undefined) throw malformed('the envelope has no signature');
  const content = decodeBase64(payload, 'its payload', EITHER_ALPHABET);
  const layer = Buffer.from(bytes);
  const signed: SignedContent = { kind: 'envelope', payloadType, payload: content, json: parsePayloadJson(content) };
  const evidence = assemble(signed, signature, layer, layer, annotations);
  return more.length === 0 ? evidence : { ...evidence, signatures: all };
}

// A signature that cannot be read is left out, so that it does not hide the others.
function parseSignatures(written: Json | undefined): readonly Buffer[] {
  if (!Array.isArray(written)) return [];
  if (written.length > LIMITS.signatures) throw overLimit('signatures', LIMITS.signatures, written.length);
  return written.flatMap((one) => {
    const sig = valueAt(one, 'sig');
    return typeof sig === 'string' && EITHER_ALPHABET.test(sig) ? [Buffer.from(sig, 'base64')] : [];
  });
}

function assemble(
  content: SignedContent,
  signature: Buffer,
  stamped: Buffer,
  layer: Buffer,
  annotations: Annotations,
): SignedEvidence {
  return {
    content,
    signature,
    signer: parseSigner(annotations),
    entries: parseEntry(annotations[LOG_ENTRY]),
    tokens: parseToken(annotations[TIMESTAMP]),
    stamped,
    layer,
  };
}

function parseSigner(annotations: Annotations): SignedEvidence['signer'] {
  const pem = annotations[CERTIFICATE];
  if (pem === undefined || pem === '') return { kind: 'key', hint: '' };
  // Base64 takes a third more, and PEM adds lines around it.
  const limit = Math.ceil((LIMITS.certificateBytes * 3) / 2);
  if (pem.length > limit) throw overLimit('characters in a certificate', limit, pem.length);
  const der = parsePem(pem, 'CERTIFICATE');
  if (der === undefined) throw malformed('its certificate is not one PEM certificate');
  return { kind: 'certificate', der, chain: parseChain(annotations[CHAIN]) };
}

// The chain is only a hint, so one that cannot be read, or that is too long, is ignored.
function parseChain(pem: string | undefined): readonly Buffer[] {
  const limit = LIMITS.certificateBytes * 2;
  if (pem === undefined || pem.length > limit * LIMITS.chainLength) return [];
  const blocks = pem.split(/(?<=-----END CERTIFICATE-----)/).filter((block) => block.trim() !== '');
  const chain = blocks.flatMap((block) => parsePem(block, 'CERTIFICATE') ?? []);
  const isWhole = chain.length === blocks.length && chain.length < LIMITS.chainLength;
  return isWhole && chain.every(({ length }) => length <= LIMITS.certificateBytes) ? chain : [];
}

function parseEntry(annotation: string | undefined): readonly LogEntry[] {
  if (annotation === undefined || annotation === '') return [];
  const limit = LIMITS.logBodyBytes * 2;
  if (annotation.length > limit) throw overLimit('characters in a log entry', limit, annotation.length);
  const json = parseEvidenceJson(annotation, 'its log entry');
  const promise = valueAt(json, 'SignedEntryTimestamp');
  // The log's promise is the only proof in this format, so without it there is no entry. A key may not need one.
  if (promise === undefined || promise === null || promise === '') return [];
  const payload = valueAt(json, 'Payload');
  const body = valueAt(payload, 'body');
  const logId = valueAt(payload, 'logID');
  if (typeof promise !== 'string' || typeof body !== 'string' || typeof logId !== 'string') {
    throw malformed('its log entry lacks a field');
  }
  if (!/^[0-9a-f]{64}$/.test(logId)) throw malformed('its log entry names no log');
  const canonicalizedBody = decodeBase64(body, 'its log entry');
  if (canonicalizedBody.length > LIMITS.logBodyBytes) {
    throw overLimit('bytes in a log entry', LIMITS.logBodyBytes, canonicalizedBody.length);
  }
  return [
    toBundleEntry({
      logIndex: wholeNumber(valueAt(payload, 'logIndex')),
      integratedTime: wholeNumber(valueAt(payload, 'integratedTime')),
      logId: { keyId: Buffer.from(logId, 'hex').toString('base64') },
      kindVersion: parseKind(canonicalizedBody),
      inclusionPromise: { signedEntryTimestamp: promise },
      canonicalizedBody: body,
    }),
  ];
}

// The library's own decoder turns the fields into what its verifier takes; only the entry is used.
function toBundleEntry(entry: JsonObject): LogEntry {
  const bundle: Bundle = bundleFromJSON({
    mediaType: 'application/vnd.dev.sigstore.bundle+json;version=0.1',
    verificationMaterial: { publicKey: { hint: '' }, tlogEntries: [entry] },
    messageSignature: { messageDigest: { algorithm: 'SHA2_256', digest: 'AA==' }, signature: 'AA==' },
  });
  const [read] = bundle.verificationMaterial.tlogEntries;
  if (read === undefined) throw malformed('its log entry cannot be read');
  return read;
}

function parseKind(body: Buffer): JsonObject {
  const json = parseEvidenceJson(body, 'its log entry', LIMITS.logBodyValues);
  const kind = valueAt(json, 'kind');
  const version = valueAt(json, 'apiVersion');
  if (typeof kind !== 'string' || typeof version !== 'string') throw malformed('its log entry has no kind');
  return { kind, version };
}

function parseToken(annotation: string | undefined): readonly Buffer[] {
  if (annotation === undefined || annotation === '') return [];
  const limit = LIMITS.timestampBytes * 2;
  if (annotation.length > limit) throw overLimit('characters in a timestamp', limit, annotation.length);
  const token = valueAt(parseEvidenceJson(annotation, 'its timestamp'), 'SignedRFC3161Timestamp');
  if (typeof token !== 'string') throw malformed('its timestamp lacks a field');
  const bytes = decodeBase64(token, 'its timestamp');
  if (bytes.length > LIMITS.timestampBytes)
    throw overLimit('bytes in a timestamp', LIMITS.timestampBytes, bytes.length);
  return [bytes];
}

function wholeNumber(value: Json | undefined): string {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return String(value);
  throw malformed('a number in its log entry is not a number');
}

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;
// https://github.com/secure-systems-lab/dsse/blob/master/envelope.md: signers use either, verifiers take both.
const EITHER_ALPHABET = /^(?:[A-Za-z0-9+/]*|[A-Za-z0-9_-]*)={0,2}$/;

function decodeBase64(text: string, what: string, form: RegExp = BASE64): Buffer {
  if (!form.test(text)) throw malformed(`${what} is not base64`);
  return Buffer.from(text, 'base64');
}
