import { type X509Certificate, X509SCTExtension } from '@sigstore/core';
import { VerificationError } from '@sigstore/verify';
import type { VerifiedTime } from '../check/checking.ts';
import type { ParsedTrustRoot } from '../check/parse-trust-root.ts';
import { malformed, Refusal } from '../check/refusal.ts';
import { verifyCertificateChain, verifySCTs } from '../library-internals.ts';
import type { ConstantCertificate } from './constant-certificate.ts';
import { findIssuerPath, parseIntermediates } from './issuer-path.ts';

/**
 * Verifies that an authority of the trust root that was valid at every verified time issued the certificate, and that
 * enough certificate logs promised to publish it. Calls the library's single checks: its `Verifier` would parse the key
 * and all extensions again each time, only to name the signer, which we read elsewhere.
 * @throws {Refusal} `SIGNER_UNTRUSTED`, `SIGNER_UNVERIFIABLE`, `EVIDENCE_MALFORMED`
 */
export function verifyIssuance(
  leaf: ConstantCertificate,
  { times, chain }: { readonly times: readonly VerifiedTime[]; readonly chain: readonly Buffer[] },
  trust: ParsedTrustRoot,
): void {
  const intermediates = trust.chains ? parseIntermediates(chain) : [];
  let issuer: X509Certificate | undefined;
  for (const { time } of times) {
    issuer = throughChain(leaf, intermediates, time, trust) ?? findIssuer(leaf, time, trust);
  }
  if (issuer === undefined) throw malformed('its certificate names no issuer');
  checkPublished(leaf, issuer, trust);
}

function throughChain(
  leaf: ConstantCertificate,
  intermediates: readonly ConstantCertificate[],
  time: Date,
  { material }: ParsedTrustRoot,
): X509Certificate | undefined {
  if (intermediates.length === 0) return undefined;
  try {
    return findIssuerPath(leaf, intermediates, time, material.certificateAuthorities)?.[1];
  } catch (error) {
    throw broken(error);
  }
}

function findIssuer(leaf: ConstantCertificate, time: Date, trust: ParsedTrustRoot): X509Certificate | undefined {
  try {
    return verifyCertificateChain(time, leaf, trust.material.certificateAuthorities)[1];
  } catch (error) {
    throw error instanceof VerificationError ? chainRefusal(error, leaf, trust) : broken(error);
  }
}

function chainRefusal(
  cause: VerificationError,
  leaf: ConstantCertificate,
  { material, name }: ParsedTrustRoot,
): Refusal {
  const isKnown = material.certificateAuthorities.some(({ certChain }) =>
    certChain.some((issuer) => issuer.subject.equals(leaf.issuer) && leaf.verify(issuer)),
  );
  if (isKnown) {
    const why = "The authority that issued the signer's certificate was not valid when the signature was made.";
    return new Refusal('SIGNER_UNVERIFIABLE', why, { cause });
  }
  return new Refusal('SIGNER_UNTRUSTED', 'Nobody who is trusted here vouches for the signer.', {
    expected: `a certificate by an authority of the trust root "${name}"`,
    found: 'one by another authority',
    cause,
  });
}

function checkPublished(leaf: ConstantCertificate, issuer: X509Certificate, trust: ParsedTrustRoot): void {
  const logs = verifiedLogs(leaf, issuer, trust);
  const different = new Set(logs.map((id) => id.toString('hex'))).size;
  if (different < logs.length) throw unpublished('two proofs of one log');
  if (different >= trust.thresholds.sct) return;
  throw unpublished(different === 0 ? 'no proof in it' : `proofs of ${different} logs`, {
    expected: `proofs of ${trust.thresholds.sct} logs`,
  });
}

function verifiedLogs(leaf: ConstantCertificate, issuer: X509Certificate, trust: ParsedTrustRoot): readonly Buffer[] {
  const { ctlogs } = trust.material;
  try {
    return verifySCTs(leaf, issuer, ctlogs);
  } catch (error) {
    if (!(error instanceof VerificationError)) throw broken(error);
    const extension = leaf.extSCT;
    const proofs = extension instanceof X509SCTExtension ? extension.signedCertificateTimestamps : [];
    const foreign = proofs.find(({ logID }) => !ctlogs.some((log) => log.logID.equals(logID)));
    const found = foreign && `a proof of the unknown log ${foreign.logID.toString('hex')}`;
    throw unpublished(found ?? error.message, { cause: error });
  }
}

function unpublished(found: string, details: { readonly expected?: string; readonly cause?: unknown } = {}): Refusal {
  const why = "Nothing proves that the signer's certificate was published in a certificate log we know.";
  return new Refusal('SIGNER_UNVERIFIABLE', why, { ...details, found });
}

function broken(cause: unknown): Refusal {
  return malformed('its certificate is broken', { cause });
}
