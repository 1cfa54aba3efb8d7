import type { PolicyKey, SignerRule } from '../../domain/policy.ts';
import { headOf, narrowestText } from './narrowest-text.ts';
import { type Proof, subjectOf } from './proof.ts';

/** What rules of signers are made from, beside what they signed. */
export interface SignersGiven {
  readonly keys: ReadonlyMap<string, PolicyKey>;
  /** Whether the policy asks for the source in the provenance, which then need not be asked of the signer. */
  readonly sourceAsked: boolean;
}

/**
 * The narrowest rules that the signers of these proofs satisfy, and that the same workflows at the next release will:
 * one for each signer, whatever it signed. None for a key nobody named.
 */
export function suggestSigners(proofs: readonly Proof[], { keys, sourceAsked }: SignersGiven): readonly SignerRule[] {
  const sourceOf = (proof: Proof): string | undefined => (sourceAsked ? undefined : foreignSource(proof));
  const signers = Map.groupBy(proofs, (proof) => JSON.stringify([...namesOf(proof), sourceOf(proof)]));
  return [...signers.values()].flatMap(([first, ...more]) =>
    first === undefined ? [] : (suggestSigner([first, ...more], sourceOf(first), keys) ?? []),
  );
}

function suggestSigner(
  proofs: readonly [Proof, ...Proof[]],
  source: string | undefined,
  keys: ReadonlyMap<string, PolicyKey>,
): SignerRule | undefined {
  const [{ finding }] = proofs;
  const { signer } = finding.verified;
  if (signer.kind === 'key') {
    const key = keys.get(finding.material);
    return key && { kind: 'key', key };
  }
  const subjects = proofs.flatMap((proof) => {
    const one = proof.finding.verified.signer;
    return one.kind === 'certificate' ? [subjectOf(one)] : [];
  });
  return {
    kind: 'identity',
    trust: signer.trust,
    // Certificates of a company's own authority may name no issuer; then their trust root alone vouches for the signer.
    ...(signer.issuer !== undefined && { issuer: { kind: 'exact', text: signer.issuer } as const }),
    subject: narrowestText(subjects),
    ...(source !== undefined && { claims: { sourceRepositoryUri: { kind: 'exact', text: source } } }),
  };
}

// Of a certificate without the ref: the same workflow at the next release is the same signer.
function namesOf({ finding }: Proof): readonly string[] {
  const { material, verified } = finding;
  const { signer } = verified;
  return signer.kind === 'key' ? [material] : [material, signer.issuer ?? '', headOf(subjectOf(signer))];
}

/**
 * The repository for which a shared workflow ran. The name of the workflow does not tell it, and anybody may call the
 * workflow. `undefined` for a project's own workflow.
 */
function foreignSource({ finding }: Proof): string | undefined {
  const { signer } = finding.verified;
  if (signer.kind === 'key') return undefined;
  const { sourceRepositoryUri } = signer.claims;
  if (sourceRepositoryUri === undefined || subjectOf(signer).startsWith(`${sourceRepositoryUri}/`)) return undefined;
  return sourceRepositoryUri;
}
