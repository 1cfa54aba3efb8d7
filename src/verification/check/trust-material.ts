import type { VerifiedContent } from '../../domain/finding.ts';
import type { TrustRoot } from '../../domain/trust-root.ts';
import { withOwnSignature } from '../read/own-signature.ts';
import { type EvidenceReading, parseEvidence } from '../read/parse-evidence.ts';
import { signatureContent } from '../read/signature-content.ts';
import type { SignedEvidence } from '../read/signed-evidence.ts';
import type { VerificationMaterial, VerificationSubject } from '../read/verification-material.ts';
import { keyOf, parseCertificate, verifyCertificate } from '../x509/verify-certificate.ts';
import { collectProofs } from './collect-proofs.ts';
import { openIfStale } from './open-if-stale.ts';
import { type ParsedTrustRoot, parseTrustRoot } from './parse-trust-root.ts';
import { malformed, Refusal } from './refusal.ts';
import { requireProofs } from './require-proofs.ts';
import { signedAt } from './signed-at.ts';
import { toFinding } from './to-finding.ts';
import { verifyContent } from './verify-content.ts';

/**
 * Makes a trust root ready to verify what is signed with certificates of its authorities.
 * @throws {InvalidInputError} `TRUST_ROOT_INVALID` with an issue for everything that is wrong with it.
 */
export function createTrustMaterial(root: TrustRoot): VerificationMaterial {
  const trust = parseTrustRoot(root);
  const id = `trust:${root.name}`;
  const verifyRead: VerificationMaterial['verifyRead'] = (reading, subject, now) =>
    openIfStale(
      toFinding(reading, id, () => verifyWithTrust(reading, subject, trust, now)),
      root,
    );
  return {
    id,
    verifyRead,
    verify: (evidence, subject, now) => verifyRead(parseEvidence(evidence), subject, now),
  };
}

/** Checks one piece of evidence completely. @throws {Refusal} */
export function verifyWithTrust(
  reading: EvidenceReading,
  subject: VerificationSubject,
  trust: ParsedTrustRoot,
  now: Date,
): VerifiedContent {
  if (!reading.ok) throw reading.refusal;
  const { signer: by } = reading.signed;
  if (by.kind !== 'certificate') {
    throw new Refusal('MATERIAL_MISMATCH', 'The signature was made with a key, not with a certificate.', {
      expected: `a certificate of the trust root "${trust.name}"`,
      found: 'a key',
    });
  }
  if (by.needsChains === true && !trust.chains) throw withChain(trust);
  const evidence = signedBy(by.der, reading.signed, subject);
  const said = verifyContent(evidence.content, subject);
  const content = signatureContent(evidence, subject);
  const checking = { evidence, content, signer: by, trust, now };
  const proofs = collectProofs(checking);
  requireProofs(proofs, trust.thresholds);
  const signer = verifyCertificate(checking, proofs.times, by.chain);
  return { signer, signedAt: signedAt(proofs.times), ...said };
}

function signedBy(der: Buffer, evidence: SignedEvidence, subject: VerificationSubject): SignedEvidence {
  if (evidence.signatures === undefined) return evidence;
  return withOwnSignature(evidence, subject, { key: keyOf(parseCertificate(der)) });
}

function withChain({ name }: ParsedTrustRoot): Refusal {
  const why = 'a bundle of version 0.3 holds one certificate, and this one holds a chain';
  return malformed(why, {
    expected: 'the certificate of the signer alone; its issuers belong into the trust root',
    found: 'a chain of certificates',
    advice: `If "${name}" is a certificate authority of your own, write \`chains: true\` at that trust root in the configuration; otherwise sign without \`--certificate-chain\`.`,
  });
}
