import type { Json } from '../../kit/json.ts';
import { valueAt } from '../../kit/json-path.ts';
import { LIMITS } from '../limits.ts';
import { parseEvidenceJson } from '../read/parse-evidence-json.ts';
import type { LogEntry } from '../read/signed-evidence.ts';
import { parsePem } from '../x509/parse-pem.ts';

/** Who a log entry says signed: a certificate or a public key, DER. */
export interface EntrySigner {
  readonly kind: 'certificate' | 'key';
  readonly der: Buffer;
}

/** Where the signers of an entry are, by its kind and version; `pem` in base64, or an object with DER in base64. */
const PLACES: Readonly<Record<string, (spec: Json | undefined) => readonly (Json | undefined)[]>> = {
  'hashedrekord 0.0.1': (spec) => [valueAt(spec, 'signature', 'publicKey', 'content')],
  'dsse 0.0.1': (spec) => each(valueAt(spec, 'signatures'), 'verifier'),
  'intoto 0.0.1': (spec) => [valueAt(spec, 'publicKey')],
  'intoto 0.0.2': (spec) => each(valueAt(spec, 'content', 'envelope', 'signatures'), 'publicKey'),
  'hashedrekord 0.0.2': (spec) => [valueAt(spec, 'hashedRekordV002', 'signature', 'verifier')],
  'dsse 0.0.2': (spec) => each(valueAt(spec, 'dsseV002', 'signatures'), 'verifier'),
};

/** Whether Lazaret can check entries of this kind and version. */
export function isKnownEntryKind(entry: LogEntry): boolean {
  return Object.hasOwn(PLACES, kindOf(entry));
}

export function kindOf({ kindVersion }: LogEntry): string {
  return `${kindVersion.kind} ${kindVersion.version}`;
}

/**
 * Reads the one signer a log entry names. The library never compares it with the signer of the evidence, so without
 * this check an entry that somebody else made for the same bytes would count. `undefined` if there is not exactly one,
 * or it cannot be read.
 * @throws {Refusal} `EVIDENCE_OVER_LIMIT`, `EVIDENCE_MALFORMED`
 */
export function parseEntrySigner(entry: LogEntry): EntrySigner | undefined {
  const body = parseEvidenceJson(entry.canonicalizedBody, 'its log entry', LIMITS.logBodyValues);
  const kind = kindOf(entry);
  const place = Object.hasOwn(PLACES, kind) ? PLACES[kind] : undefined;
  const [only, ...more] = place?.(valueAt(body, 'spec')) ?? [];
  if (only === undefined || more.length > 0) return undefined;
  return typeof only === 'string' ? fromPem(only) : fromDer(only);
}

function fromPem(base64: string): EntrySigner | undefined {
  const text = Buffer.from(base64, 'base64').toString('latin1');
  const certificate = parsePem(text, 'CERTIFICATE');
  if (certificate !== undefined) return { kind: 'certificate', der: certificate };
  const key = parsePem(text, 'PUBLIC KEY');
  return key === undefined ? undefined : { kind: 'key', der: key };
}

function fromDer(verifier: Json): EntrySigner | undefined {
  const certificate = valueAt(verifier, 'x509Certificate', 'rawBytes');
  const key = valueAt(verifier, 'publicKey', 'rawBytes');
  if (typeof certificate === 'string' && key === undefined) {
    return { kind: 'certificate', der: Buffer.from(certificate, 'base64') };
  }
  if (typeof key !== 'string' || certificate !== undefined) return undefined;
  return { kind: 'key', der: Buffer.from(key, 'base64') };
}

function each(value: Json | undefined, name: string): readonly (Json | undefined)[] {
  return Array.isArray(value) ? value.map((item) => valueAt(item, name)) : [];
}
