// The room `sources/dialects`: the formats of events, a file for each kind of registry.

import { DIALECT_NAMES, type DialectName } from '../../domain/dialect-names.ts';
import type { EventMap } from '../../domain/event-map.ts';
import type { Dialect } from '../../domain/registry-event.ts';
import { InvalidInputError } from '../../kit/errors.ts';
import { parseAcr } from './acr.ts';
import { parseArtifactory } from './artifactory.ts';
import { parseChainguard } from './chainguard.ts';
import { parseDistribution } from './distribution.ts';
import { parseDockerhub } from './dockerhub.ts';
import { parseEcr } from './ecr.ts';
import { parseEventgrid } from './eventgrid.ts';
import { eventgridHandshake } from './eventgrid-handshake.ts';
import { parseGar } from './gar.ts';
import { createGeneric } from './generic.ts';
import { parseGitea } from './gitea.ts';
import { parseGithub } from './github.ts';
import type { Handshake } from './handshake.ts';
import { parseHarbor } from './harbor.ts';
import { parseLazaret } from './lazaret.ts';
import { parseNexus } from './nexus.ts';
import { parseQuay } from './quay.ts';
import { parseZot } from './zot.ts';

const DIALECTS: Readonly<Record<Exclude<DialectName, 'generic'>, Dialect>> = {
  distribution: parseDistribution,
  harbor: parseHarbor,
  zot: parseZot,
  ecr: parseEcr,
  gar: parseGar,
  acr: parseAcr,
  eventgrid: parseEventgrid,
  artifactory: parseArtifactory,
  chainguard: parseChainguard,
  quay: parseQuay,
  dockerhub: parseDockerhub,
  github: parseGithub,
  gitea: parseGitea,
  nexus: parseNexus,
  lazaret: parseLazaret,
};

/**
 * The dialect of this name; `generic` by its map.
 * @throws {InvalidInputError} `USAGE_INVALID` naming the ones there are, or for `generic` without a map
 */
export function findDialect(name: string, map?: EventMap): Dialect {
  const known = DIALECT_NAMES.find((candidate) => candidate === name);
  if (known !== undefined && known !== 'generic') return DIALECTS[known];
  if (known !== undefined && map !== undefined) return createGeneric(map);
  const message =
    known === undefined
      ? `expected a dialect (${DIALECT_NAMES.join(', ')}), got "${name.slice(0, 64)}"`
      : 'expected a map with the dialect generic, got none';
  throw new InvalidInputError('USAGE_INVALID', message, [{ where: 'dialect', message }]);
}

/** How the service that sends this dialect asks a webhook before it delivers; `undefined` where none asks. */
export function findHandshake(name: DialectName): Handshake | undefined {
  return name === 'eventgrid' ? eventgridHandshake : undefined;
}
