// The room `verification/x509`: reading certificates, and finding who vouches for them.

import type { KeyObject } from 'node:crypto';
import { isBuiltInTrust } from '../../domain/built-in-trust.ts';
import type { VerifiedSigner } from '../../domain/finding.ts';
import { keyIdOf } from '../../domain/public-key.ts';
import type { Checking, VerifiedTime } from '../check/checking.ts';
import type { ParsedTrustRoot } from '../check/parse-trust-root.ts';
import { malformed, Refusal } from '../check/refusal.ts';
import { unsupportedKey } from '../check/verify-signature.ts';
import type { SignatureContent } from '../read/signature-content.ts';
import { parseClaims } from './certificate-claims.ts';
import { CODE_SIGNING, hasPurpose, parseExtensions, unsuitable } from './certificate-extensions.ts';
import { parseIdentities } from './certificate-identities.ts';
import { ConstantCertificate } from './constant-certificate.ts';
import { verifyIssuance } from './verify-issuance.ts';

type CertificateSigner = Extract<VerifiedSigner, { kind: 'certificate' }>;

/**
 * Verifies that the signature is the certificate's, that the trust root's authorities issued it for signing, and that
 * it was valid at every verified time. Returns who it was issued to.
 * @throws {Refusal}
 */
export function verifyCertificate(
  checking: Checking,
  times: readonly VerifiedTime[],
  chain: readonly Buffer[],
): CertificateSigner {
  const leaf = parseCertificate(checking.signer.der);
  const signer = parseSigner(leaf, checking.trust);
  checkKey(leaf);
  checkValidity(leaf, times);
  verifyIssuance(leaf, { times, chain }, checking.trust);
  checkSignature(checking.content, leaf);
  return { ...signer, keyId: keyIdOf(leaf.publicKeyObject, leaf.publicKey) };
}

/** Reads the certificate of a signer, with its key. @throws {Refusal} `EVIDENCE_MALFORMED` */
export function parseCertificate(der: Buffer): ConstantCertificate {
  try {
    return ConstantCertificate.decode(der, 'untrusted');
  } catch (cause) {
    throw malformed('its certificate is none', { cause });
  }
}

function parseSigner(leaf: ConstantCertificate, trust: ParsedTrustRoot): CertificateSigner {
  try {
    const extensions = parseExtensions(leaf);
    if (leaf.isCA) throw unsuitable('it may issue certificates, and must not sign anything else');
    if (leaf.extKeyUsage?.digitalSignature === false) throw unsuitable('its key may not be used for signatures');
    if (!hasPurpose(leaf, CODE_SIGNING)) throw unsuitable('it was not issued for signing code');
    const identities = parseIdentities(extensions);
    const claims = parseClaims(extensions);
    const { issuer } = claims;
    if (issuer === '' || (issuer === undefined && !trust.mayOmitIssuer)) throw withoutIssuer(trust);
    return { kind: 'certificate', trust: trust.name, ...(issuer !== undefined && { issuer }), identities, claims };
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw malformed('its certificate is broken', { cause: error });
  }
}

function withoutIssuer({ name }: ParsedTrustRoot): Refusal {
  const advice = isBuiltInTrust(name)
    ? undefined
    : `If "${name}" is a certificate authority of your own, write \`chains: true\` at that trust root in the configuration, and name the signer by \`subject\` and \`trust\` alone.`;
  return unsuitable('it does not say who vouched for its holder', advice);
}

/** The key of a certificate. @throws {Refusal} `EVIDENCE_MALFORMED` */
export function keyOf(leaf: ConstantCertificate): KeyObject {
  try {
    return leaf.publicKeyObject;
  } catch (cause) {
    throw malformed('the key in its certificate is none', { cause });
  }
}

function checkKey(leaf: ConstantCertificate): void {
  const why = unsupportedKey(keyOf(leaf));
  if (why === undefined) return;
  throw new Refusal('EVIDENCE_UNSUPPORTED', 'The signature was made with a kind of key that is not supported here.', {
    expected: 'ECDSA on P-256, P-384 or P-521, Ed25519, or RSA of at least 2,048 bits',
    found: why,
  });
}

// One verified time outside is fatal, however many are inside: the signature may be older or newer than it claims.
function checkValidity(leaf: ConstantCertificate, times: readonly VerifiedTime[]): void {
  let from: Date;
  let until: Date;
  try {
    from = leaf.notBefore;
    until = leaf.notAfter;
  } catch (cause) {
    throw malformed('its certificate has no period of validity', { cause });
  }
  const outside = times.find(({ time }) => !(from <= time && time <= until));
  if (outside === undefined) return;
  throw new Refusal('SIGNER_UNVERIFIABLE', "The signature was not made while the signer's certificate was valid.", {
    expected: `a time from ${from.toISOString()} to ${until.toISOString()}`,
    found: outside.time.toISOString(),
  });
}

function checkSignature(content: SignatureContent, leaf: ConstantCertificate): void {
  if (content.verifySignature(leaf.publicKeyObject)) return;
  const why = "The signature is not the certificate holder's, or what was signed has been changed since.";
  throw new Refusal('SIGNATURE_INVALID', why);
}
