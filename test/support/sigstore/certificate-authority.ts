import type { CertificateClaims } from '../../../src/domain/finding.ts';
import {
  authorityKeyId,
  basicConstraints,
  type CertificateTemplate,
  createCertificate,
  type Extension,
  encodeTbs,
  extendedKeyUsage,
  type Issuer,
  keyUsage,
  type SubjectName,
  signTbs,
  subjectAltName,
  subjectKeyId,
} from './certificate.ts';
import * as der from './der.ts';
import { createKeyPair, type KeyKind, type TestKey } from './keys.ts';
import type { CtLog } from './logs.ts';

export const CODE_SIGNING = '1.3.6.1.5.5.7.3.3';
const SCT_LIST = '1.3.6.1.4.1.11129.2.4.2';
const FULCIO = '1.3.6.1.4.1.57264.1';

/** Extension numbers under Fulcio's arc: https://github.com/sigstore/fulcio/blob/main/docs/oid-info.md */
const CLAIM_NUMBERS: Readonly<Record<Exclude<keyof CertificateClaims, 'workflowName'>, number>> = {
  issuer: 8,
  buildSignerUri: 9,
  buildSignerDigest: 10,
  runnerEnvironment: 11,
  sourceRepositoryUri: 12,
  sourceRepositoryDigest: 13,
  sourceRepositoryRef: 14,
  sourceRepositoryIdentifier: 15,
  sourceRepositoryOwnerUri: 16,
  sourceRepositoryOwnerIdentifier: 17,
  buildConfigUri: 18,
  buildConfigDigest: 19,
  workflowTrigger: 20,
  runInvocationUri: 21,
  sourceRepositoryVisibility: 22,
};

/** What a keyless certificate is asked for. */
export interface KeylessRequest {
  /** URI subject alternative name. */
  readonly subject?: string;
  /** Instead of `subject`: every alternative name, in order. */
  readonly names?: readonly SubjectName[];
  readonly issuer?: string;
  readonly claims?: Omit<CertificateClaims, 'issuer'>;
  /** Extensions of Fulcio's arc by number, as raw extension values; `null` leaves one out. They win over `claims`. */
  readonly rawClaims?: Readonly<Record<number, Uint8Array | null>>;
  readonly extraExtensions?: readonly Extension[];
  /** Extended key usages; code signing by default, none for an empty list. */
  readonly purposes?: readonly string[];
  /** When it is issued; now by default. */
  readonly at?: Date;
  readonly lifetimeMs?: number;
  readonly keyKind?: KeyKind;
  /** The log that signs the SCT; `null` for a certificate without one. The world's own by default. */
  readonly ctLog?: CtLog | null;
  /** Extensions of the SCT, as logs that are made of tiles give them; none by default. */
  readonly sctExtensions?: Buffer;
}

/** A short-lived certificate with its key. */
export interface KeylessIdentity {
  readonly kind: 'keyless';
  readonly key: TestKey;
  /** DER. */
  readonly certificate: Buffer;
  readonly issuedAt: Date;
  readonly subject: string;
}

/** A certificate authority of the public instance's shape: root and intermediate on P-384, leaves on P-256. */
export interface CertificateAuthority {
  /** Intermediate first, root last. */
  readonly chain: readonly Buffer[];
  readonly intermediate: Issuer;
  issue(request: KeylessRequest, ctLog: CtLog, now: Date): KeylessIdentity;
  /** The same for a key made elsewhere (SPKI, DER): the certificate, DER. */
  certify(spki: Buffer, request: KeylessRequest, ctLog: CtLog, now: Date): Buffer;
}

export function createCertificateAuthority(since: Date, until: Date): CertificateAuthority {
  const root: Issuer = { name: der.commonName('world.test', 'root'), key: createKeyPair('p384') };
  const intermediate: Issuer = { name: der.commonName('world.test', 'intermediate'), key: createKeyPair('p384') };
  const authority = (subject: Issuer, issuer: Issuer, pathLength: number): Buffer =>
    createCertificate(
      {
        subject: subject.name,
        publicKey: subject.key,
        notBefore: since,
        notAfter: until,
        extensions: [
          keyUsage('ca'),
          basicConstraints(true, pathLength),
          subjectKeyId(subject.key),
          authorityKeyId(issuer.key),
          ...(subject === root ? [] : [extendedKeyUsage(CODE_SIGNING)]),
        ],
      },
      issuer,
    );
  return {
    chain: [authority(intermediate, root, 0), authority(root, root, 1)],
    intermediate,
    issue: (request, ctLog, now) => issue(request, intermediate, ctLog, now),
    certify: (spki, request, ctLog, now) => certify({ spki }, request, intermediate, ctLog, now),
  };
}

function issue(request: KeylessRequest, issuer: Issuer, ctLog: CtLog, now: Date): KeylessIdentity {
  const key = createKeyPair(request.keyKind ?? 'p256');
  const [{ value: name } = { value: '' }] = namesOf(request);
  return {
    kind: 'keyless',
    key,
    certificate: certify(key, request, issuer, ctLog, now),
    issuedAt: wholeSeconds(request.at ?? now),
    subject: typeof name === 'string' ? name : '',
  };
}

function namesOf(request: KeylessRequest): readonly SubjectName[] {
  return request.names ?? [{ kind: 'uri', value: request.subject ?? 'https://example.test/signer' }];
}

function certify(
  key: Pick<TestKey, 'spki'>,
  request: KeylessRequest,
  issuer: Issuer,
  worldCtLog: CtLog,
  now: Date,
): Buffer {
  const at = wholeSeconds(request.at ?? now);
  const names = namesOf(request);
  const purposes = request.purposes ?? [CODE_SIGNING];
  const template: CertificateTemplate = {
    subject: der.sequence(),
    publicKey: key,
    notBefore: at,
    notAfter: new Date(at.getTime() + (request.lifetimeMs ?? 10 * 60_000)),
    extensions: [
      keyUsage('sign'),
      ...(purposes.length === 0 ? [] : [extendedKeyUsage(...purposes)]),
      subjectKeyId(key),
      authorityKeyId(issuer.key),
      ...(names.length === 0 ? [] : [subjectAltName(names)]),
      ...claimExtensions(request),
      ...(request.extraExtensions ?? []),
    ],
  };
  const ctLog = request.ctLog === undefined ? worldCtLog : request.ctLog;
  const list =
    ctLog === null ? undefined : ctLog.sign(encodeFixed(template, issuer), issuer.key, at, request.sctExtensions);
  const extensions =
    list === undefined ? template.extensions : [...template.extensions, { oid: SCT_LIST, value: der.octets(list) }];
  const tbs = encodeTbs({ ...template, extensions, serial: SERIAL_OF.get(template) ?? Buffer.from([1]) }, issuer);
  return signTbs(tbs, issuer);
}

// The SCT is signed over the certificate without it, so both encodings need the same serial number.
const SERIAL_OF = new WeakMap<CertificateTemplate, Buffer>();

function encodeFixed(template: CertificateTemplate, issuer: Issuer): Buffer {
  const serial = Buffer.concat([Buffer.from([2]), template.publicKey.spki.subarray(-15)]);
  SERIAL_OF.set(template, serial);
  return encodeTbs({ ...template, serial }, issuer);
}

function claimExtensions(request: KeylessRequest): Extension[] {
  const issuer = request.issuer ?? 'https://issuer.world.test';
  const claims: CertificateClaims = { ...request.claims, issuer };
  const values = new Map<number, Uint8Array | null>([[1, Buffer.from(issuer)]]);
  for (const [name, number] of Object.entries(CLAIM_NUMBERS)) {
    const value = claims[name as keyof CertificateClaims];
    if (value !== undefined) values.set(number, der.utf8(value));
  }
  for (const [number, value] of legacyClaims(claims)) if (value !== undefined) values.set(number, Buffer.from(value));
  for (const [number, value] of Object.entries(request.rawClaims ?? {})) values.set(Number(number), value);
  return [...values].flatMap(([number, value]) => (value === null ? [] : [{ oid: `${FULCIO}.${number}`, value }]));
}

function legacyClaims(claims: CertificateClaims): readonly (readonly [number, string | undefined])[] {
  const github = 'https://github.com/';
  const uri = claims.sourceRepositoryUri;
  return [
    [2, claims.workflowTrigger],
    [3, claims.sourceRepositoryDigest],
    [4, claims.workflowName],
    [5, uri?.startsWith(github) ? uri.slice(github.length) : undefined],
    [6, claims.sourceRepositoryRef],
  ];
}

export function wholeSeconds(date: Date): Date {
  return new Date(Math.floor(date.getTime() / 1000) * 1000);
}
