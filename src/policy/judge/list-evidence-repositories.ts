import { type EvidenceRepository, evidenceRepositoryName, type ImagePolicy } from '../../domain/policy.ts';

/** A repository that policies name, with every beginning of cosign's tags they name for it; `''`: none. */
export interface NamedRepository extends Pick<EvidenceRepository, 'host' | 'repository'> {
  /** `host/repository` */
  readonly name: string;
  readonly tagPrefixes: readonly string[];
}

/** The repositories of evidence that these policies name, each once, in the order they are named. */
export function listEvidenceRepositories(policies: readonly ImagePolicy[]): readonly NamedRepository[] {
  const found = new Map<string, NamedRepository>();
  for (const place of policies.flatMap(({ evidence = [] }) => evidence)) {
    const { host, repository, tagPrefix = '' } = place;
    const name = evidenceRepositoryName(place);
    const tagPrefixes = new Set([...(found.get(name)?.tagPrefixes ?? []), tagPrefix]);
    found.set(name, { host, repository, name, tagPrefixes: [...tagPrefixes] });
  }
  return [...found.values()];
}

/** Whether one of these policies lets evidence lie in this repository, named `host/repository`. */
export function namesEvidenceRepository(policies: readonly ImagePolicy[], name: string): boolean {
  const known = named.get(policies) ?? new Set(listEvidenceRepositories(policies).map((place) => place.name));
  named.set(policies, known);
  return known.has(name);
}

// A memo, not state: it is asked of all policies in force for every piece of evidence that is pushed.
const named = new WeakMap<readonly ImagePolicy[], ReadonlySet<string>>();
