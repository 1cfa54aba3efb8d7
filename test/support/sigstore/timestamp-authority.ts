import { createHash, randomBytes, sign } from 'node:crypto';
import {
  authorityKeyId,
  basicConstraints,
  createCertificate,
  extendedKeyUsage,
  keyUsage,
  signatureAlgorithm,
  subjectKeyId,
} from './certificate.ts';
import * as der from './der.ts';
import { createKeyPair, type TestKey } from './keys.ts';

const SIGNED_DATA = '1.2.840.113549.1.7.2';
const TST_INFO = '1.2.840.113549.1.9.16.1.4';
const CONTENT_TYPE = '1.2.840.113549.1.9.3';
const MESSAGE_DIGEST = '1.2.840.113549.1.9.4';
const SHA256 = '2.16.840.1.101.3.4.2.1';
export const TIME_STAMPING = '1.3.6.1.5.5.7.3.8';

export interface TokenOptions {
  readonly at: Date;
  /** Written after the seconds as it is, e.g. `.5`. */
  readonly fraction?: string;
  /** Certificates put into the token, first to last; none by default. */
  readonly certificates?: readonly Buffer[];
}

/** A timestamp authority (RFC 3161). */
export interface TimestampAuthority {
  /** Leaf first, root last. */
  readonly chain: readonly Buffer[];
  /** A `TimeStampResp` over these bytes. */
  stamp(data: Uint8Array, options: TokenOptions): Buffer;
  /** The same over bytes of which only the SHA-256 is known. */
  stampHash(sha256: Uint8Array, options: TokenOptions): Buffer;
}

/** How an authority signs. */
export interface StampingStyle {
  readonly key: TestKey;
  /** Object identifier of the algorithm, as its tokens name it. */
  readonly algorithm: string;
  /** What is signed with; `null` for keys that hash for themselves. */
  readonly hash: string | null;
}

export function createTimestampAuthority(
  since: Date,
  until: Date,
  purpose: string = TIME_STAMPING,
  style?: StampingStyle,
): TimestampAuthority {
  const rootKey = createKeyPair('p384');
  const leafKey = style?.key ?? createKeyPair('p384');
  const root = { name: der.commonName('world.test', `tsa root ${randomBytes(4).toString('hex')}`), key: rootKey };
  const serial = Buffer.concat([Buffer.from([3]), randomBytes(9)]);
  const validity = { notBefore: since, notAfter: until };
  const rootCertificate = createCertificate(
    {
      subject: root.name,
      publicKey: rootKey,
      ...validity,
      extensions: [keyUsage('ca'), basicConstraints(true), subjectKeyId(rootKey), authorityKeyId(rootKey)],
    },
    root,
  );
  // RFC 3161 §2.3: the purpose must be critical.
  const timeStamping = { ...extendedKeyUsage(purpose), critical: true };
  const leafExtensions = [keyUsage('sign'), timeStamping, subjectKeyId(leafKey), authorityKeyId(rootKey)];
  const leafName = der.commonName('world.test', 'tsa');
  const leaf = createCertificate(
    { subject: leafName, publicKey: leafKey, ...validity, serial, extensions: leafExtensions },
    root,
  );
  const stampHash: TimestampAuthority['stampHash'] = (sha256, { at, fraction = '', certificates = [] }) => {
    const imprint = der.sequence(sha256Algorithm(), der.octets(sha256));
    const time = der.generalizedTime(at, fraction);
    const info = der.sequence(
      der.integer(1),
      der.oid('1.3.6.1.4.1.57264.2'),
      imprint,
      der.integer(randomSerial()),
      time,
    );
    const attributes = [
      der.sequence(der.oid(CONTENT_TYPE), der.set(der.oid(TST_INFO))),
      der.sequence(der.oid(MESSAGE_DIGEST), der.set(der.octets(hash(info)))),
    ];
    const signature = sign(style === undefined ? 'sha384' : style.hash, der.set(...attributes), leafKey.privateKey);
    const signerInfo = der.sequence(
      der.integer(1),
      der.sequence(root.name, der.integer(serial)),
      sha256Algorithm(),
      der.context(0, ...attributes),
      style === undefined ? signatureAlgorithm(leafKey) : der.sequence(der.oid(style.algorithm)),
      der.octets(signature),
    );
    const signedData = der.sequence(
      der.integer(3),
      der.set(sha256Algorithm()),
      der.sequence(der.oid(TST_INFO), der.context(0, der.octets(info))),
      ...(certificates.length === 0 ? [] : [der.context(0, ...certificates)]),
      der.set(signerInfo),
    );
    const token = der.sequence(der.oid(SIGNED_DATA), der.context(0, signedData));
    return der.sequence(der.sequence(der.integer(0)), token);
  };
  return {
    chain: [leaf, rootCertificate],
    stamp: (data, options) => stampHash(hash(data), options),
    stampHash,
  };
}

function sha256Algorithm(): Buffer {
  return der.sequence(der.oid(SHA256));
}

function hash(data: Uint8Array): Buffer {
  return createHash('sha256').update(data).digest();
}

function randomSerial(): Buffer {
  return Buffer.concat([Buffer.from([1]), randomBytes(7)]);
}
