import type { KeyObject } from 'node:crypto';
import type { PolicyKey } from '../../domain/policy.ts';
import { eachSignature } from '../read/own-signature.ts';
import { signatureContent } from '../read/signature-content.ts';
import type { SignedEvidence } from '../read/signed-evidence.ts';
import type { VerificationSubject } from '../read/verification-material.ts';
import { Refusal } from './refusal.ts';
import type { SignatureSettings } from './verify-signature.ts';

const HASHES = ['sha256', 'sha384', 'sha512'] as const;

/** The six ways in which a key of this kind may sign. */
const WAYS: Readonly<Record<string, readonly Required<Pick<SignatureSettings, 'hash'>>[]>> = {
  rsa: HASHES.flatMap((hash) => [{ hash }, { hash, padding: 'pss' }]),
  ec: HASHES.flatMap((hash) => [{ hash }, { hash, encoding: 'ieee-p1363' }]),
};

/**
 * Why a signature is not of a key in the way the policy says that it signs. A signature made in another way is refused,
 * and the refusal says in which way it was made: key services sign with hashes and paddings of their own, and signing
 * again would not help.
 */
export function notOfKey(
  evidence: SignedEvidence,
  subject: VerificationSubject,
  { key, publicKey }: { readonly key: PolicyKey; readonly publicKey: KeyObject },
): Refusal {
  const ways = WAYS[publicKey.asymmetricKeyType ?? ''] ?? [];
  const isMadeSo = (settings: SignatureSettings): boolean =>
    eachSignature(evidence).some((one) => signatureContent(one, subject, settings).verifySignature(publicKey));
  const way = ways.find(isMadeSo);
  if (way !== undefined) return signedOtherwise(key, way);
  const why = 'The signature is not of this key, or what was signed has been changed since.';
  return new Refusal('SIGNATURE_INVALID', why, {
    expected: `a signature of ${key.name}`,
    found: 'a signature that does not fit the key and what was signed',
  });
}

function signedOtherwise(key: PolicyKey, way: SignatureSettings): Refusal {
  const settings = Object.entries({ padding: 'pkcs1', encoding: 'der', ...way })
    .filter(([name, value]) => value !== (key[name as keyof SignatureSettings] ?? USUAL[name]))
    .map(([name, value]) => `\`${name}: ${value}\``)
    .join(' and ');
  const why = `The signature is of this key, but made in another way than the policy says: it needs ${settings}.`;
  const advice = `If the key is meant to sign so, write ${settings} next to it in the policy.`;
  return new Refusal(
    'SIGNATURE_INVALID',
    why,
    { expected: `a signature of ${key.name}`, found: settings, advice },
    true,
  );
}

/** The settings of a policy that gives none. */
const USUAL: Readonly<Record<string, string>> = { hash: 'sha256', padding: 'pkcs1', encoding: 'der' };
