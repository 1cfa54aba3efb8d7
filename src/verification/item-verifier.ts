import type { SignedEntity, TrustMaterial } from '@sigstore/verify';
import { Verifier } from '@sigstore/verify';
import type { SignatureContent } from './signature-content.ts';

type Items = Partial<Pick<SignedEntity, 'timestamps' | 'tlogEntries'>>;

/**
 * Has the library verify one log entry or one timestamp alone, without the signature itself. One bad item among good
 * ones makes the library refuse all, so each is tried by itself and the good ones are counted here.
 * @throws {VerificationError} and whatever else the library throws over hostile bytes.
 */
export function verifyItems(trust: TrustMaterial, content: SignatureContent, items: Items): void {
  const anyKey = trust.tlogs[0]?.publicKey ?? trust.timestampAuthorities[0]?.certChain[0]?.publicKey;
  if (anyKey === undefined) throw new Error('no authority to verify with');
  const thresholds = { tlogThreshold: 0, ctlogThreshold: 0, timestampThreshold: 0 };
  const verifier = new Verifier({ ...trust, publicKey: anyTimeKey }, thresholds);
  verifier.verify({
    signature: { ...content, verifySignature: () => true },
    key: { $case: 'public-key', hint: '' },
    tlogEntries: items.tlogEntries ?? [],
    timestamps: items.timestamps ?? [],
  });
}

// The signature is not part of this check: the library asks for a key and hands it to `verifySignature` above.
function anyTimeKey(): ReturnType<TrustMaterial['publicKey']> {
  return { publicKey: NO_KEY, validFor: () => true };
}
