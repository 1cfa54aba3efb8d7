import type { KeyObject } from 'node:crypto';
import type { SignatureSettings } from '../check/verify-signature.ts';
import { signatureContent } from './signature-content.ts';
import type { SignedEvidence } from './signed-evidence.ts';
import type { VerificationSubject } from './verification-material.ts';

/** The evidence once for each of its signatures. */
export function eachSignature(evidence: SignedEvidence): readonly SignedEvidence[] {
  const { signatures = [evidence.signature] } = evidence;
  return signatures.map((signature) => ({ ...evidence, signature }));
}

/**
 * The evidence with the one of its several signatures that this key made; unchanged if it has only one, or none by this
 * key.
 */
export function withOwnSignature(
  evidence: SignedEvidence,
  subject: VerificationSubject,
  { key, settings }: { readonly key: KeyObject; readonly settings?: SignatureSettings },
): SignedEvidence {
  if (evidence.signatures === undefined) return evidence;
  const isOwn = (one: SignedEvidence): boolean => signatureContent(one, subject, settings).verifySignature(key);
  return eachSignature(evidence).find(isOwn) ?? evidence;
}
