import { createHash, randomBytes, sign } from 'node:crypto';
import { json } from '@sigstore/core';
import { createKeyPair, type TestKey } from './keys.ts';

/** A certificate transparency log (RFC 6962). */
export interface CtLog {
  readonly key: TestKey;
  readonly logId: Buffer;
  /** The list of one SCT, as the content of the certificate extension's octet string holds it. */
  sign(tbs: Buffer, issuer: TestKey, at: Date, extensions?: Buffer): Buffer;
}

export function createCtLog(): CtLog {
  const key = createKeyPair('p256');
  const logId = createHash('sha256').update(key.spki).digest();
  return {
    key,
    logId,
    sign(tbs, issuer, at, extensions = Buffer.alloc(0)) {
      const time = Buffer.alloc(8);
      time.writeBigUInt64BE(BigInt(at.getTime()));
      const issuerHash = createHash('sha256').update(issuer.spki).digest();
      const precert = Buffer.concat([issuerHash, uint(tbs.length, 3), tbs]);
      const extended = Buffer.concat([uint(extensions.length, 2), extensions]);
      const signed = Buffer.concat([Buffer.from([0, 0]), time, uint(1, 2), precert, extended]);
      const signature = sign('sha256', signed, key.privateKey);
      const head = Buffer.concat([Buffer.from([0]), logId, time, extended, Buffer.from([4, 3])]);
      const sct = Buffer.concat([head, uint(signature.length, 2), signature]);
      return Buffer.concat([uint(sct.length + 2, 2), uint(sct.length, 2), sct]);
    },
  };
}

function uint(value: number, bytes: number): Buffer {
  const out = Buffer.alloc(bytes);
  out.writeUIntBE(value, 0, bytes);
  return out;
}

/** A log entry in the JSON form of a bundle (`TransparencyLogEntry`). */
export interface LogEntryJson {
  logIndex: string;
  logId: { keyId: string };
  kindVersion: { kind: string; version: string };
  integratedTime?: string;
  inclusionPromise?: { signedEntryTimestamp: string };
  inclusionProof?: {
    logIndex: string;
    rootHash: string;
    treeSize: string;
    hashes: string[];
    checkpoint: { envelope: string };
  };
  canonicalizedBody: string;
}

export interface EntryOptions {
  readonly at: Date;
  /** Signed entry timestamp; Rekor v1 only. */
  readonly promise?: boolean;
  readonly proof?: boolean;
}

export type LogBody = { readonly kind: string; readonly apiVersion: string; readonly spec: unknown };

/** A transparency log: Rekor v1 (signed entry timestamps) or v2 (checkpoints only, Ed25519). */
export interface TransparencyLog {
  readonly generation: 1 | 2;
  readonly key: TestKey;
  readonly logId: Buffer;
  readonly baseUrl: string;
  add(body: LogBody, options: EntryOptions): LogEntryJson;
}

export function createTransparencyLog(generation: 1 | 2, host: string): TransparencyLog {
  const key = createKeyPair(generation === 1 ? 'p256' : 'ed25519');
  const logId =
    generation === 1
      ? createHash('sha256').update(key.spki).digest()
      : createHash('sha256')
          .update(Buffer.concat([Buffer.from(`${host}\n\x01`), key.spki.subarray(-32)]))
          .digest();
  return {
    generation,
    key,
    logId,
    baseUrl: `https://${host}`,
    add(body, { at, promise = generation === 1, proof = true }) {
      const canonical = Buffer.from(json.canonicalize(body));
      const integratedTime = Math.floor(at.getTime() / 1000);
      const logIndex = 1;
      const payload = { body: canonical.toString('base64'), integratedTime, logID: logId.toString('hex'), logIndex };
      const set = () => sign('sha256', Buffer.from(json.canonicalize(payload)), key.privateKey).toString('base64');
      return {
        logIndex: String(logIndex),
        logId: { keyId: logId.toString('base64') },
        kindVersion: { kind: body.kind, version: body.apiVersion },
        ...(promise && { integratedTime: String(integratedTime), inclusionPromise: { signedEntryTimestamp: set() } }),
        ...(proof && { inclusionProof: prove(canonical, { host, generation, key, logId }) }),
        canonicalizedBody: canonical.toString('base64'),
      };
    },
  };
}

// The entry is the second leaf of a tree of two: the smallest proof that has a hash in it.
function prove(
  body: Buffer,
  { host, generation, key, logId }: Pick<TransparencyLog, 'generation' | 'key' | 'logId'> & { readonly host: string },
): NonNullable<LogEntryJson['inclusionProof']> {
  const hash = (...parts: Uint8Array[]) => createHash('sha256').update(Buffer.concat(parts)).digest();
  const sibling = randomBytes(32);
  const root = hash(Buffer.from([1]), sibling, hash(Buffer.from([0]), body));
  // Rekor v1 names its tree besides, and clients know it by that.
  const origin = generation === 1 ? `${host} - 3904496407287907110` : host;
  const note = `${origin}\n2\n${root.toString('base64')}\n`;
  const signature = sign(key.kind === 'ed25519' ? null : 'sha256', Buffer.from(note), key.privateKey);
  const line = Buffer.concat([logId.subarray(0, 4), signature]).toString('base64');
  return {
    logIndex: '1',
    rootHash: root.toString('base64'),
    treeSize: '2',
    hashes: [sibling.toString('base64')],
    checkpoint: { envelope: `${note}\n— ${host} ${line}\n` },
  };
}
