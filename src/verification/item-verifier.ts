import { createSecretKey } from 'node:crypto';
import { type SignedEntity, type TrustMaterial, Verifier } from '@sigstore/verify';
import type { SignatureContent } from './signature-content.ts';

type Items = Partial<Pick<SignedEntity, 'timestamps' | 'tlogEntries'>>;

/**
 * Has the library verify one log entry or one timestamp alone, without the signature itself. One bad item among good
 * ones makes the library refuse all, so each is tried by itself and the good ones are counted here.
 * @throws {VerificationError} and whatever else the library throws over hostile bytes.
 */
export function verifyItems(trust: TrustMaterial, content: SignatureContent, items: Items): void {
  const thresholds = { tlogThreshold: 0, ctlogThreshold: 0, timestampThreshold: 0 };
  const verifier = new Verifier({ ...trust, publicKey: noKey }, thresholds);
  verifier.verify({
    signature: { ...content, verifySignature: () => true },
    key: { $case: 'public-key', hint: '' },
    tlogEntries: items.tlogEntries ?? [],
    timestamps: items.timestamps ?? [],
  });
}

// The signature is not part of this check. The library asks for a key all the same and hands it to `verifySignature`
// above; a secret key could verify no signature even if it were used.
function noKey(): ReturnType<TrustMaterial['publicKey']> {
  return { publicKey: createSecretKey(Buffer.alloc(32)), validFor: () => true };
}
