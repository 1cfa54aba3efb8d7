import { createPublicKey, type KeyObject } from 'node:crypto';
import type { PolicyKey } from '../../domain/policy.ts';
import { encodePublicKey, keyIdOf } from '../../domain/public-key.ts';

/** What a policy says about a key, besides the file it lies in. */
export type KeySettings = Pick<PolicyKey, 'hash' | 'padding' | 'encoding'>;

/** A key, or why it cannot be used and what to do. */
export type KeyReading =
  | { readonly ok: true; readonly key: PolicyKey }
  | { readonly ok: false; readonly why: string; readonly hint: string };

const CURVES: Readonly<Record<string, string>> = { prime256v1: 'P-256', secp384r1: 'P-384', secp521r1: 'P-521' };
// NIST SP 800-131A: RSA keys below 2,048 bits no longer protect a signature.
const MIN_RSA_BITS = 2_048;

/** Reads a public key from PEM: ECDSA on P-256, P-384 or P-521, Ed25519, or RSA of at least 2,048 bits. */
export function parseKey(name: string, pem: string, settings: KeySettings): KeyReading {
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(pem)) {
    return refuse(
      'it holds a private key',
      'Keep private keys away from here; export the public one: cosign public-key --key FILE',
    );
  }
  if (/-----BEGIN CERTIFICATE-----/.test(pem)) {
    return refuse('it holds a certificate', 'Export its key: openssl x509 -pubkey -noout -in FILE');
  }
  const labels = pem.match(/-----BEGIN (?:RSA )?PUBLIC KEY-----/g) ?? [];
  if (labels.length !== 1) {
    return refuse(
      `it holds ${labels.length === 0 ? 'no' : labels.length} public keys in PEM`,
      'Expected one block that begins with -----BEGIN PUBLIC KEY-----; name one file for each key.',
    );
  }
  const key = parse(pem);
  if (key === undefined)
    return refuse('its PEM cannot be decoded', 'Export the key again: cosign public-key --key FILE');
  const unsuitable = findUnsuitable(key, settings);
  if (unsuitable !== undefined) return unsuitable;
  const plain = createPublicKey({ key: encodePublicKey(key), format: 'der', type: 'spki' });
  const text = plain.export({ type: 'spki', format: 'pem' }).toString();
  return { ok: true, key: { keyId: keyIdOf(plain), pem: text, name, ...settings } };
}

function parse(pem: string): KeyObject | undefined {
  try {
    return createPublicKey(pem);
  } catch {
    return undefined;
  }
}

function findUnsuitable(key: KeyObject, settings: KeySettings): KeyReading | undefined {
  const type = key.asymmetricKeyType ?? 'unknown';
  const details = key.asymmetricKeyDetails ?? {};
  if (!['ec', 'ed25519', 'rsa'].includes(type)) {
    return refuse(`its kind (${type}) is not supported`, 'Use ECDSA (P-256, P-384, P-521), Ed25519 or RSA.');
  }
  if (type === 'ec' && CURVES[details.namedCurve ?? ''] === undefined) {
    return refuse(`its curve (${details.namedCurve ?? 'unknown'}) is not supported`, 'Use P-256, P-384 or P-521.');
  }
  if (type === 'rsa' && (details.modulusLength ?? 0) < MIN_RSA_BITS) {
    return refuse(`it has ${details.modulusLength ?? 0} bits`, `Use an RSA key of at least ${MIN_RSA_BITS} bits.`);
  }
  if (settings.padding !== undefined && type !== 'rsa') {
    return refuse('`padding` is for RSA keys only', 'Remove `padding`.');
  }
  if (settings.encoding !== undefined && type !== 'ec') {
    return refuse('`encoding` is for ECDSA keys only', 'Remove `encoding`.');
  }
  if (settings.hash !== undefined && type === 'ed25519') {
    return refuse('`hash` is not for Ed25519 keys', 'Remove `hash`: Ed25519 fixes its own.');
  }
  return undefined;
}

function refuse(why: string, hint: string): KeyReading {
  return { ok: false, why, hint };
}
