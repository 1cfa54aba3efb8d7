import { CertificateChainVerifier } from '../library-internals.ts';
import { authorityName } from '../x509/authority-name.ts';
import { parseDer } from '../x509/parse-der.ts';
import type { Checking, VerifiedTime } from './checking.ts';
import type { TimestampAuthority } from './parse-trust-root.ts';
import { Refusal } from './refusal.ts';
import { TimestampToken } from './timestamp-token.ts';
import { unsupportedKey } from './verify-signature.ts';

/**
 * Verifies one RFC 3161 timestamp: over this signature, by an authority of the trust root, within its window.
 * @throws {Refusal} `TIMESTAMP_INVALID`, `EVIDENCE_UNSUPPORTED`
 */
export function verifyTimestamp(checking: Checking, token: Buffer): VerifiedTime {
  try {
    return verify(checking, new TimestampToken(parseDer(token)));
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw invalid('it cannot be read', error);
  }
}

function verify({ trust, evidence }: Checking, timestamp: TimestampToken): VerifiedTime {
  // granted and grantedWithMods; with any other status there is no time in it (RFC 3161 §2.4.2).
  if (timestamp.status !== 0n && timestamp.status !== 1n) throw invalid('its authority refused the request');
  // The library fails for fractions that have not exactly three digits, and ignores those that have.
  const time = parseGenTime(timestamp);
  const named = trust.timestampAuthorities.filter((authority) => isNamed(authority, timestamp));
  if (named.length === 0) throw invalid(`no authority of the trust root "${trust.name}" made it`);
  const usable = named.filter(({ key }) => timestamp.isOfKindOf(key));
  if (usable.length === 0) throw unsupported(named, timestamp);
  const authority = usable.find((candidate) => holds(timestamp, evidence.stamped, time, candidate));
  if (authority === undefined) throw invalid('it does not hold for this signature');
  return { time, authority: authorityName(authority.key) };
}

function isNamed({ leaf }: TimestampAuthority, { signerSerialNumber, signerIssuer }: TimestampToken): boolean {
  return leaf.serialNumber.equals(signerSerialNumber) && leaf.issuer.equals(signerIssuer);
}

function unsupported(named: readonly TimestampAuthority[], { algorithm }: TimestampToken): Refusal {
  const keys = named.map(({ key }) => unsupportedKey(key) ?? `a key of type ${key.asymmetricKeyType}`);
  return new Refusal('EVIDENCE_UNSUPPORTED', 'The timestamp is signed in a way that is not supported here.', {
    expected: 'ECDSA, Ed25519, or RSA (PKCS #1 v1.5) of at least 2,048 bits, with SHA-256, SHA-384 or SHA-512',
    found: `${keys.join(', ')}, and the algorithm ${algorithm}`,
    advice: 'Have signatures stamped by another timestamp authority, and name it in the trust root.',
  });
}

// Makes the same checks as the library makes for a list of authorities, which would parse their keys again each time.
function holds(timestamp: TimestampToken, stamped: Buffer, time: Date, authority: TimestampAuthority): boolean {
  const { leaf, issuers, key, validFor } = authority;
  if (!(validFor.start <= time && time <= validFor.end)) return false;
  try {
    new CertificateChainVerifier({ untrustedCert: leaf, trustedCerts: [...issuers], timestamp: time }).verify();
    timestamp.verify(stamped, key);
    return true;
  } catch {
    return false;
  }
}

// GeneralizedTime in UTC with seconds, maybe with a fraction: RFC 3161 §2.4.2, X.690 §11.7.
const GEN_TIME = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\.\d{1,9})?Z$/;

function parseGenTime(timestamp: TimestampToken): Date {
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
