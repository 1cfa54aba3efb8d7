import { randomUUID } from 'node:crypto';
import type { Config } from '../config/config.ts';
import type { PollSourceConfig } from '../config/source-config.ts';
import type { PolicySet } from '../domain/policy.ts';
import { holdsOnlyEvidence } from '../pipeline/judge/evidence-repositories.ts';
import type { EventSource } from '../ports/event-source.ts';
import type { Registries } from '../ports/registries.ts';
import type { SweepPlace } from '../ports/sweep-record.ts';
import type { PollSourceDeps, SweepTarget } from '../sources/poll/poll-options.ts';
import { createPollSource } from '../sources/poll/poll-source.ts';

export interface PollDeps extends Omit<PollSourceDeps, 'owner'> {
  readonly registries: Registries;
  readonly policies: () => PolicySet;
}

/** Builds the sources that find what nobody announces. */
export function createPollSources(
  { sources, registries }: Pick<Config, 'sources' | 'registries'>,
  deps: PollDeps,
): readonly EventSource[] {
  const owner = randomUUID();
  const globsOf = new Map(registries.map(({ id, repositories }) => [id, repositories]));
  return sources
    .filter((source): source is PollSourceConfig => source.kind === 'poll')
    .map(({ registryIds, ...options }) => {
      const targets = [...new Set(registryIds)].map((id) => sweepTarget(id, globsOf.get(id) ?? [], deps));
      return createPollSource({ ...options, targets }, { ...deps, owner });
    });
}

/** Which registries are swept, by which source. */
export function sweptPlaces({ sources }: Pick<Config, 'sources'>): readonly SweepPlace[] {
  return sources
    .filter(({ kind }) => kind === 'poll')
    .flatMap(({ id: sourceId, registryIds }) => registryIds.map((registryId) => ({ sourceId, registryId })));
}

function sweepTarget(
  id: string,
  globs: readonly string[],
  { registries, policies }: Pick<PollDeps, 'registries' | 'policies'>,
): SweepTarget {
  const registry = registries.get(id);
  if (registry?.inventory === undefined) throw new TypeError(`the registry "${id}" has no inventory`);
  const { host, inventory, reader } = registry;
  return {
    registryId: id,
    host,
    inventory,
    // Signatures may lie in repositories of their own; nobody announces those either.
    covers: (repository) =>
      registry.covers(repository) || holdsOnlyEvidence({ policies, registries }, registry, repository),
    scope: globs.join(' '),
    probe: (signal) => reader.probe(undefined, signal),
  };
}
