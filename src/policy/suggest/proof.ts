import type { VerifiedSigner } from '../../domain/finding.ts';
import { isSlsaProvenance } from '../../domain/slsa-provenance.ts';
import { groupByEvidence, type VerifiedFinding } from '../judge/evidence-items.ts';
import { parseSlsaProvenance, type SlsaProvenance } from '../provenance/parse-provenance.ts';
import type { BuildSource } from '../provenance/source-reading.ts';
import type { ImageSample } from './image-sample.ts';
import { headOf } from './narrowest-text.ts';

/** One verified piece of evidence of one image. */
export interface Proof {
  readonly sample: ImageSample;
  readonly finding: VerifiedFinding;
  /** What it proves, by the kinds a policy can ask for; provenance of both formats is one. */
  readonly kind: 'signature' | 'provenance' | 'attestation';
  /** Of attestations. */
  readonly predicateType?: string;
  /** Who built it from what, where that can be told. */
  readonly provenance?: SlsaProvenance;
  /**
   * Equal for two proofs that differ only in refs, versions and times: the same signer proves the same of two images.
   */
  readonly shape: string;
}

/** Everything that verified about an image, each piece once for every material that vouched for it. */
export function listProofs(sample: ImageSample): readonly Proof[] {
  return groupByEvidence(sample.findings).flatMap(({ claim, verified }) =>
    verified.map((finding) => toProof(sample, finding, claim.kind === 'signature')),
  );
}

function toProof(sample: ImageSample, finding: VerifiedFinding, isSignature: boolean): Proof {
  const { signer, statement } = finding.verified;
  const by = shapeOfSigner(finding.material, signer);
  if (isSignature || statement === undefined) {
    return { sample, finding, kind: 'signature', shape: shapeOf('signature', by) };
  }
  const { predicateType, predicate } = statement;
  if (!isSlsaProvenance(predicateType)) {
    return { sample, finding, kind: 'attestation', predicateType, shape: shapeOf('attestation', predicateType, by) };
  }
  const reading = parseSlsaProvenance(predicateType, predicate, signer.kind === 'certificate' ? signer.claims : {});
  if (!reading.ok) return { sample, finding, kind: 'provenance', shape: shapeOf('provenance', by) };
  const { provenance } = reading;
  const repositories = sourcesOf(provenance).map(({ repository }) => repository);
  const shape = shapeOf('provenance', by, ...repositories, builderName(provenance.builderId));
  return { sample, finding, kind: 'provenance', provenance, shape };
}

/** What a build was made from; none where that cannot be told. */
export function sourcesOf({ source }: SlsaProvenance): readonly BuildSource[] {
  return source.kind === 'stated' ? source.sources : [];
}

/** A builder without its version: the next release of it is the same builder. */
export function builderName(builderId: string): string {
  return builderId.replace(/@(?:refs\/|v[0-9])[^@]*$/, '');
}

/** The name a certificate is best known by; it has at least one. */
export function subjectOf(signer: Extract<VerifiedSigner, { kind: 'certificate' }>): string {
  return signer.identities[0]?.value ?? '';
}

function shapeOfSigner(material: string, signer: VerifiedSigner): string {
  if (signer.kind === 'key') return material;
  const { sourceRepositoryUri = '' } = signer.claims;
  return shapeOf(material, signer.issuer ?? '', headOf(subjectOf(signer)), sourceRepositoryUri);
}

function shapeOf(...parts: readonly string[]): string {
  return JSON.stringify(parts);
}
