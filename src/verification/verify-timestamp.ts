import { RFC3161Timestamp } from '@sigstore/core';
import { VerificationError } from '@sigstore/verify';
import { authorityName } from './authority-name.ts';
import type { Checking, VerifiedTime } from './checking.ts';
import { verifyItems } from './item-verifier.ts';
import type { TimestampAuthority } from './loaded-trust.ts';
import { parseDer } from './parse-der.ts';
import { Refusal } from './refusal.ts';

/**
 * Verifies one RFC 3161 timestamp: over this signature, by an authority of the trust root, within its window.
 * @throws {Refusal} `TIMESTAMP_INVALID`, `EVIDENCE_UNSUPPORTED`
 */
export function verifyTimestamp(checking: Checking, token: Buffer): VerifiedTime {
  try {
    return verify(checking, new RFC3161Timestamp(parseDer(token)));
  } catch (error) {
    if (error instanceof Refusal) throw error;
    if (error instanceof VerificationError) throw invalid('it does not hold for this signature', error);
    throw invalid('it cannot be read', error);
  }
}

function verify(checking: Checking, timestamp: RFC3161Timestamp): VerifiedTime {
  // granted and grantedWithMods; with any other status there is no time in it (RFC 3161 §2.4.2).
  if (timestamp.status !== 0n && timestamp.status !== 1n) throw invalid('its authority refused the request');
  const time = readGenTime(timestamp);
  // The library's own reading fails for fractions of other than three digits, and drops those.
  Object.defineProperty(timestamp, 'signingTime', { value: time });
  const authority = findAuthority(checking.trust.timestampAuthorities, timestamp);
  if (authority === undefined) throw invalid(`no authority of the trust root "${checking.trust.name}" made it`);
  if (authority.key.asymmetricKeyType !== 'ec') {
    throw new Refusal(
      'EVIDENCE_UNSUPPORTED',
      'The timestamp is signed with a kind of key that is not supported here.',
      {
        expected: 'an ECDSA key',
        found: authority.key.asymmetricKeyType ?? 'unknown',
      },
    );
  }
  verifyItems(checking.trust.material, checking.content, {
    timestamps: [{ $case: 'timestamp-authority', timestamp }],
  });
  return { time, authority: authorityName(authority.key) };
}

function findAuthority(
  authorities: readonly TimestampAuthority[],
  timestamp: RFC3161Timestamp,
): TimestampAuthority | undefined {
  const { signerSerialNumber, signerIssuer } = timestamp;
  return authorities.find(
    ({ leaf }) => leaf.serialNumber.equals(signerSerialNumber) && leaf.issuer.equals(signerIssuer),
  );
}

// GeneralizedTime in UTC with seconds, maybe with a fraction: RFC 3161 §2.4.2, X.690 §11.7.
const GEN_TIME = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\.\d{1,9})?Z$/;

function readGenTime(timestamp: RFC3161Timestamp): Date {
  const field = timestamp.tstInfo.root.subs[4];
  const match = field?.tag.isGeneralizedTime() === true ? GEN_TIME.exec(field.value.toString('latin1')) : null;
  if (match === null) throw invalid('its time cannot be read');
  const [, year, month, day, hour, minute, second, fraction = ''] = match;
  const time = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}${fraction.slice(0, 4)}Z`);
  if (Number.isNaN(time.getTime())) throw invalid('its time cannot be read');
  return time;
}

function invalid(why: string, cause?: unknown): Refusal {
  return new Refusal('TIMESTAMP_INVALID', `The timestamp that came with the signature cannot be used: ${why}.`, {
    cause,
  });
}
