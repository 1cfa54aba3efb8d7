import type { PolicyKey, SignerRule } from '../../domain/policy.ts';
import { narrowestText } from './narrowest-text.ts';
import { type Proof, subjectOf } from './proof.ts';

/**
 * The narrowest rule that the signer of these proofs (all of one shape) satisfies, and that the same workflow at the
 * next release will. `undefined` for a key nobody named.
 */
export function suggestSigner(proofs: readonly Proof[], keys: ReadonlyMap<string, PolicyKey>): SignerRule | undefined {
  const [first] = proofs;
  if (first === undefined) return undefined;
  const { signer } = first.finding.verified;
  if (signer.kind === 'key') {
    const key = keys.get(first.finding.material);
    return key && { kind: 'key', key };
  }
  const subjects = proofs.flatMap(({ finding }) => {
    const one = finding.verified.signer;
    return one.kind === 'certificate' ? [subjectOf(one)] : [];
  });
  const source = foreignSource(first);
  return {
    kind: 'identity',
    trust: signer.trust,
    // Certificates of a company's own authority may name no issuer; then their trust root alone vouches for the signer.
    ...(signer.issuer !== undefined && { issuer: { kind: 'exact', text: signer.issuer } as const }),
    subject: narrowestText(subjects),
    ...(source !== undefined && { claims: { sourceRepositoryUri: { kind: 'exact', text: source } } }),
  };
}

/**
 * The repository for which a shared workflow ran. The name of the workflow does not tell it, and anybody may call the
 * workflow. `undefined` where the policy asks for the source in the provenance, which says the same.
 */
export function foreignSource({ finding, provenance }: Proof): string | undefined {
  const { signer } = finding.verified;
  if (signer.kind === 'key' || provenance !== undefined) return undefined;
  const { sourceRepositoryUri } = signer.claims;
  if (sourceRepositoryUri === undefined || subjectOf(signer).startsWith(`${sourceRepositoryUri}/`)) return undefined;
  return sourceRepositoryUri;
}
