import type { Requirement, SourceRule } from '../../domain/policy.ts';
import { knownBuildTypes } from '../judge/match-builder.ts';
import type { SlsaProvenance } from '../provenance/parse-provenance.ts';
import { narrowestRef } from './narrowest-text.ts';
import { builderName, type Proof, sourcesOf } from './proof.ts';

type ProvenanceRequirement = Extract<Requirement, { kind: 'provenance' }>;

/** What provenance must say, beyond who signed it: source, builder and build type, as far as all of these agree. */
export function suggestProvenance(
  proofs: readonly Proof[],
): Pick<ProvenanceRequirement, 'source' | 'builder' | 'buildType'> {
  const read = proofs.flatMap(({ provenance }) => provenance ?? []);
  if (read.length < proofs.length) return {};
  const source = suggestSource(read);
  const builder = sameOf(proofs.map(namedBuilder));
  const buildType = sameOf(read.map(decisiveBuildType));
  return { ...(source && { source }), ...(builder && { builder }), ...(buildType && { buildType }) };
}

function suggestSource(read: readonly SlsaProvenance[]): SourceRule | undefined {
  const sources = read.map(sourcesOf);
  const all = sources.flat();
  const repository = sources.some((of) => of.length === 0) ? undefined : sameOf(all.map((one) => one.repository));
  if (repository === undefined) return undefined;
  const refs = all.flatMap(({ ref }) => ref ?? []);
  const ref = refs.length === all.length ? narrowestRef(refs) : undefined;
  return { repository, ...(ref !== undefined && { ref }) };
}

// A build type that its builder is known to write need not be asked for: no other is accepted from that builder.
function decisiveBuildType({ builderId, buildType }: SlsaProvenance): string | undefined {
  return knownBuildTypes(builderId)?.includes(buildType) === true ? undefined : buildType;
}

// Where a project's own workflow is the builder, the signer names it already, so the machine on which it ran is asked
// for instead.
function namedBuilder({ provenance, finding }: Proof): string | undefined {
  const name = builderName(provenance?.builderId ?? '');
  const { signer } = finding.verified;
  if (signer.kind === 'key' || signer.claims.runnerEnvironment === undefined) return name;
  const isOwn =
    provenance !== undefined && sourcesOf(provenance).some((source) => name.startsWith(`${source.repository}/`));
  const isSigner = signer.identities.some(({ value }) => builderName(value) === name);
  return isOwn && isSigner ? `https://github.com/actions/runner/${signer.claims.runnerEnvironment}` : name;
}

function sameOf(values: readonly (string | undefined)[]): string | undefined {
  const [first] = values;
  return first !== undefined && first !== '' && values.every((value) => value === first) ? first : undefined;
}
