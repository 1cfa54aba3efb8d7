import type { KeyObject } from 'node:crypto';
import { RFC3161Timestamp } from '@sigstore/core';
import { unsupportedKey } from './verify-signature.ts';

/**
 * The kind of key that a signature algorithm is for, and its hash; an algorithm without a hash uses the one that the
 * signer names beside it.
 */
const ALGORITHMS: Readonly<Record<string, { readonly key: 'rsa' | 'ed25519'; readonly hash?: string }>> = {
  // RFC 3370 §3.2: many authorities name the bare kind of key.
  '1.2.840.113549.1.1.1': { key: 'rsa' },
  '1.2.840.113549.1.1.11': { key: 'rsa', hash: 'sha256' },
  '1.2.840.113549.1.1.12': { key: 'rsa', hash: 'sha384' },
  '1.2.840.113549.1.1.13': { key: 'rsa', hash: 'sha512' },
  // RFC 8419 §3: pure Ed25519 over the signed attributes.
  '1.3.101.112': { key: 'ed25519' },
};

/**
 * A timestamp signed with any kind of key that evidence may be signed with: the library reads the algorithms of ECDSA
 * alone. All hashes in it (of the imprint, the message digest and the signature) must be of the SHA-2 family.
 */
export class TimestampToken extends RFC3161Timestamp {
  override get signatureAlgorithm(): string {
    const known = ALGORITHMS[this.algorithm];
    if (known === undefined) return super.signatureAlgorithm;
    // The library passes it on to Node, which wants no hash for Ed25519.
    return known.key === 'ed25519' ? (undefined as unknown as string) : (known.hash ?? this.signerDigestAlgorithm);
  }

  /** Object identifier of the algorithm the signer names (RFC 5652 §5.3: the fifth field, after the signed attributes). */
  get algorithm(): string {
    const signedData = this.root.subs[1]?.subs.find(({ tag }) => tag.isContextSpecific(0))?.subs[0];
    return signedData?.subs.at(-1)?.subs[0]?.subs[4]?.subs[0]?.toOID() ?? 'none';
  }

  /** Whether a signature of this key can be checked; the algorithm must be one of its kind. */
  isOfKindOf(key: KeyObject): boolean {
    if (unsupportedKey(key) !== undefined) return false;
    const known = ALGORITHMS[this.algorithm];
    return key.asymmetricKeyType === 'ec' ? known === undefined : known?.key === key.asymmetricKeyType;
  }
}
