import type { X509Certificate } from '@sigstore/core';
import type { TrustMaterial } from '@sigstore/verify';
import { unsupportedKey } from '../check/verify-signature.ts';
import { CertificateChainVerifier } from '../library-internals.ts';
import {
  ANY_PURPOSE,
  CODE_SIGNING,
  EXTENDED_KEY_USAGE,
  hasPurpose,
  parseExtensions,
} from './certificate-extensions.ts';
import { ConstantCertificate } from './constant-certificate.ts';

const NAME_CONSTRAINTS = '2.5.29.30';

/**
 * Reads the certificates that came with a signer's and may stand between it and an authority of the trust root: those
 * of certificate authorities that may issue for signing code. Others are left out, as whoever attached the evidence
 * chose them. Certificates that limit names are left out too, because nobody here evaluates those limits (RFC 5280
 * §4.2.1.10).
 */
export function parseIntermediates(chain: readonly Buffer[]): readonly ConstantCertificate[] {
  return chain.flatMap((der) => {
    try {
      const certificate = ConstantCertificate.decode(der, 'untrusted');
      return mayIssue(certificate) ? [certificate] : [];
    } catch {
      return [];
    }
  });
}

function mayIssue(certificate: ConstantCertificate): boolean {
  const extensions = parseExtensions(certificate);
  // Every field is read here once, because a broken field throws when it is read.
  const { subject, issuer, signatureValue, notBefore, notAfter, extBasicConstraints } = certificate;
  if ([subject, issuer, signatureValue].some(({ length }) => length === 0) || !(notBefore <= notAfter)) return false;
  if ((extBasicConstraints?.pathLenConstraint ?? 0n) < 0n) return false;
  if (!certificate.isCA || extensions.has(NAME_CONSTRAINTS)) return false;
  if (unsupportedKey(certificate.publicKeyObject) !== undefined) return false;
  // As in Go's verifier, and so in cosign: an authority with purposes may issue certificates for those purposes only.
  const isBound = extensions.has(EXTENDED_KEY_USAGE);
  return !isBound || hasPurpose(certificate, CODE_SIGNING) || hasPurpose(certificate, ANY_PURPOSE);
}

/**
 * Finds the shortest path from a certificate over these intermediates to an authority of the trust root, all valid at
 * this time: the certificate first, a self-signed root last; `undefined` if there is none. Each intermediate is visited
 * once, so the work is bounded by the square of their number, which is limited.
 */
export function findIssuerPath(
  leaf: ConstantCertificate,
  intermediates: readonly ConstantCertificate[],
  time: Date,
  authorities: TrustMaterial['certificateAuthorities'],
): readonly X509Certificate[] | undefined {
  const left = new Set(intermediates);
  const inUse = authorities.filter(({ validFor }) => validFor.start <= time && time <= validFor.end);
  for (let paths = [[leaf]]; paths.length > 0; ) {
    for (const path of paths) {
      for (const { certChain } of inUse) {
        const whole = toTrusted(path, certChain, time);
        if (whole !== undefined) return whole;
      }
    }
    paths = paths.flatMap((path) => [...issuersOf(path, left, time)].map((issuer) => [...path, issuer]));
  }
  return undefined;
}

function* issuersOf(
  path: readonly ConstantCertificate[],
  left: Set<ConstantCertificate>,
  time: Date,
): Iterable<ConstantCertificate> {
  const last = path.at(-1);
  for (const candidate of left) {
    if (last === undefined || !candidate.subject.equals(last.issuer) || !candidate.validForDate(time)) continue;
    if (candidate.equals(last) || !last.verify(candidate)) continue;
    left.delete(candidate);
    yield candidate;
  }
}

/** The path continued by certificates of the trust root up to a self-signed root, if there is such a path. */
function toTrusted(
  path: readonly ConstantCertificate[],
  certChain: readonly X509Certificate[],
  timestamp: Date,
): readonly X509Certificate[] | undefined {
  const untrustedCert = path.at(-1);
  if (untrustedCert === undefined) return undefined;
  try {
    const above = new CertificateChainVerifier({ untrustedCert, trustedCerts: [...certChain], timestamp }).verify();
    const whole = [...path.slice(0, -1), ...above];
    const limitsNames = whole.some((certificate) => certificate.extension(NAME_CONSTRAINTS) !== undefined);
    return whole.every(isLongEnough) && !limitsNames ? whole : undefined;
  } catch {
    return undefined;
  }
}

// Checks the limit on the length of the path below an authority (RFC 5280 §4.2.1.9), which the library checks only
// above the intermediates.
function isLongEnough({ extBasicConstraints }: X509Certificate, place: number): boolean {
  const most = extBasicConstraints?.pathLenConstraint;
  return place === 0 || most === undefined || most >= place - 1;
}
