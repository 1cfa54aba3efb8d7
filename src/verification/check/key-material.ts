import { createPublicKey, type KeyObject } from 'node:crypto';
import type { VerifiedContent } from '../../domain/finding.ts';
import { keyMaterialId, type PolicyKey } from '../../domain/policy.ts';
import { encodePublicKey, keyIdOf } from '../../domain/public-key.ts';
import type { TrustRoot } from '../../domain/trust-root.ts';
import { InvalidInputError } from '../../kit/errors.ts';
import { withOwnSignature } from '../read/own-signature.ts';
import { type EvidenceReading, parseEvidence } from '../read/parse-evidence.ts';
import { signatureContent } from '../read/signature-content.ts';
import type { SignedEvidence } from '../read/signed-evidence.ts';
import type { VerificationMaterial, VerificationSubject } from '../read/verification-material.ts';
import type { Checking } from './checking.ts';
import { collectProofs, NO_PROOFS, type Proofs } from './collect-proofs.ts';
import { notOfKey } from './not-of-key.ts';
import { openIfStale, whyOpen } from './open-if-stale.ts';
import { type ParsedTrustRoot, parseTrustRoot } from './parse-trust-root.ts';
import { Refusal } from './refusal.ts';
import { requireProofs } from './require-proofs.ts';
import { signedAt } from './signed-at.ts';
import { toFinding } from './to-finding.ts';
import { verifyContent } from './verify-content.ts';
import { unsupportedKey } from './verify-signature.ts';

/** What signatures of a key must prove besides being made by the key. */
export interface KeyMaterialOptions {
  /** Whose logs and authorities may vouch for entries and times; without it none is looked at, and no time proven. */
  readonly trust?: TrustRoot;
  /** Whether a signature must be in a log of `trust`; `optional` by default. */
  readonly transparencyLog?: 'required' | 'optional';
  /** When the key may sign. Compared with every verified time, or with now if there is none. */
  readonly validFor?: { readonly start?: Date; readonly end?: Date };
}

interface PreparedKey {
  readonly key: PolicyKey;
  readonly publicKey: KeyObject;
  readonly der: Buffer;
  readonly trust?: ParsedTrustRoot;
  /** The trust root that vouches, which may be out of date. */
  readonly root?: TrustRoot;
  readonly logs: number;
  readonly validFor: NonNullable<KeyMaterialOptions['validFor']>;
}

/**
 * Makes a public key ready to verify what it signed.
 * @throws {InvalidInputError} `POLICY_INVALID` for a key that cannot be used, or a log requirement without a trust root;
 * `TRUST_ROOT_INVALID`
 */
export function createKeyMaterial(key: PolicyKey, options: KeyMaterialOptions = {}): VerificationMaterial {
  const prepared = prepareKey(key, options);
  const id = keyMaterialId(key);
  const { root } = prepared;
  const verifyRead: VerificationMaterial['verifyRead'] = (reading, subject, now) => {
    const finding = toFinding(reading, id, () => verify(reading, subject, prepared, now));
    return root === undefined ? finding : openIfStale(finding, root);
  };
  return {
    id,
    verifyRead,
    verify: (evidence, subject, now) => verifyRead(parseEvidence(evidence), subject, now),
  };
}

function prepareKey(key: PolicyKey, options: KeyMaterialOptions): PreparedKey {
  const publicKey = parseKey(key);
  const der = encodePublicKey(publicKey);
  const trust = options.trust === undefined ? undefined : parseTrustRoot(options.trust, 'proofs');
  const isRequired = options.transparencyLog === 'required';
  const logs = isRequired ? Math.max(1, trust?.thresholds.log ?? 1) : 0;
  const known = trust?.material.tlogs.length ?? 0;
  if (known < logs) {
    const names =
      trust === undefined ? 'no trust root names one' : `the trust root "${trust.name}" names ${known || 'none'}`;
    const where = logs === 1 ? 'a transparency log' : `${logs} transparency logs`;
    throw unusable(key, `its signatures must be in ${where}, and ${names}`);
  }
  const { trust: root, validFor = {} } = options;
  return { key, publicKey, der, ...(trust && root && { trust, root }), logs, validFor };
}

function parseKey(key: PolicyKey): KeyObject {
  let publicKey: KeyObject;
  try {
    publicKey = createPublicKey(key.pem);
  } catch (cause) {
    throw unusable(key, 'its PEM cannot be decoded', cause);
  }
  const why = unsupportedKey(publicKey);
  if (why !== undefined) throw unusable(key, `it is ${why}`);
  if (keyIdOf(publicKey) !== key.keyId) throw unusable(key, 'it is not the key its id names');
  return publicKey;
}

function unusable(key: PolicyKey, why: string, cause?: unknown): InvalidInputError {
  return new InvalidInputError('POLICY_INVALID', `the key ${key.name} cannot be used: ${why}`, [], { cause });
}

function verify(
  reading: EvidenceReading,
  subject: VerificationSubject,
  prepared: PreparedKey,
  now: Date,
): VerifiedContent {
  if (!reading.ok) throw reading.refusal;
  if (reading.signed.signer.kind !== 'key') {
    throw new Refusal('MATERIAL_MISMATCH', 'The signature was made with a certificate, not with a key.', {
      expected: `the key ${prepared.key.name}`,
      found: 'a certificate',
    });
  }
  const { key: settings, publicKey } = prepared;
  const evidence = withOwnSignature(reading.signed, subject, { key: publicKey, settings });
  const said = verifyContent(evidence.content, subject);
  const content = signatureContent(evidence, subject, prepared.key);
  if (!content.verifySignature(publicKey)) throw notOfKey(evidence, subject, prepared);
  try {
    return { ...verifyProofs({ evidence, content }, prepared, now), ...said };
  } catch (error) {
    throw error instanceof Refusal ? error.signed() : error;
  }
}

/** Checks what a signature must prove besides being made by the key. @throws {Refusal} */
function verifyProofs(
  signed: Pick<Checking, 'evidence' | 'content'>,
  prepared: PreparedKey,
  now: Date,
): Omit<VerifiedContent, 'statement' | 'annotations'> {
  const { trust, der } = prepared;
  const proofs =
    trust === undefined ? NO_PROOFS : collectProofs({ ...signed, signer: { kind: 'key', der }, trust, now });
  requireProofs(proofs, { log: prepared.logs, time: 0 });
  checkValidity(proofs, prepared, now);
  const timeOpen = whyTimeOpen(proofs, prepared);
  const timeRefused = whyNoTime(proofs, signed.evidence, trust);
  return {
    signer: { kind: 'key', keyId: prepared.key.keyId },
    signedAt: signedAt(proofs.times),
    ...(timeOpen !== undefined && { timeOpen }),
    ...(timeRefused !== undefined && { timeRefused }),
  };
}

/**
 * Some policies ask for the time of a key's signature. Where none is proven, this says whether it might be proven by a
 * newer trust root.
 */
function whyTimeOpen({ times, entryRefusals, timestampRefusals }: Proofs, { root }: PreparedKey): string | undefined {
  if (root === undefined || times.length > 0) return undefined;
  return [...timestampRefusals, ...entryRefusals]
    .map(({ code }) => whyOpen(code, root))
    .find((why) => why !== undefined);
}

/** Why a proof of time that came with the signature proves nothing, for policies that ask for a time. */
function whyNoTime(
  { times, entryRefusals, timestampRefusals }: Proofs,
  { tokens, entries }: SignedEvidence,
  trust: ParsedTrustRoot | undefined,
): string | undefined {
  if (times.length > 0 || tokens.length + entries.length === 0) return undefined;
  if (trust !== undefined) return [...timestampRefusals, ...entryRefusals][0]?.message;
  const what = tokens.length > 0 ? 'timestamp' : 'log entry';
  return `It came with a ${what}, but the policy names nobody who may vouch for a time (\`trust:\` next to the key).`;
}

function checkValidity({ times }: Proofs, { validFor, key }: PreparedKey, now: Date): void {
  const { start, end } = validFor;
  const moments = times.length === 0 ? [now] : times.map(({ time }) => time);
  const outside = moments.find((moment) => (start && moment < start) || (end && moment > end));
  if (outside === undefined) return;
  throw new Refusal('KEY_NOT_VALID', `The key ${key.name} was not to be used when the signature was made.`, {
    expected: ['a time', start && `from ${start.toISOString()}`, end && `until ${end.toISOString()}`]
      .filter(Boolean)
      .join(' '),
    found: times.length === 0 ? `no verified time; now it is ${outside.toISOString()}` : outside.toISOString(),
  });
}
