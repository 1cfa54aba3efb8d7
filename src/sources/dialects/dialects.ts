// The room `sources/dialects`: the formats of events, a file for each kind of registry.

import type { Dialect } from '../../domain/registry-event.ts';
import { InvalidInputError } from '../../kit/errors.ts';
import { parseAcr } from './acr.ts';
import { parseArtifactory } from './artifactory.ts';
import { parseChainguard } from './chainguard.ts';
import { parseDistribution } from './distribution.ts';
import { parseEcr } from './ecr.ts';
import { parseEventgrid } from './eventgrid.ts';
import { parseGar } from './gar.ts';
import { parseHarbor } from './harbor.ts';
import { parseLazaret } from './lazaret.ts';
import { parseZot } from './zot.ts';

/** The dialects Lazaret reads, by the name configuration and `lazaret events parse --dialect` use. */
export type DialectName =
  | 'distribution'
  | 'harbor'
  | 'zot'
  | 'ecr'
  | 'gar'
  | 'acr'
  | 'eventgrid'
  | 'artifactory'
  | 'chainguard'
  | 'lazaret';

/** All names, in the order they are shown. */
export const DIALECT_NAMES: readonly DialectName[] = [
  'distribution',
  'harbor',
  'zot',
  'ecr',
  'gar',
  'acr',
  'eventgrid',
  'artifactory',
  'chainguard',
  'lazaret',
];

const DIALECTS: Readonly<Record<DialectName, Dialect>> = {
  distribution: parseDistribution,
  harbor: parseHarbor,
  zot: parseZot,
  ecr: parseEcr,
  gar: parseGar,
  acr: parseAcr,
  eventgrid: parseEventgrid,
  artifactory: parseArtifactory,
  chainguard: parseChainguard,
  lazaret: parseLazaret,
};

/** The dialect of this name. @throws {InvalidInputError} `USAGE_INVALID` naming the ones there are. */
export function findDialect(name: string): Dialect {
  const known = DIALECT_NAMES.find((candidate) => candidate === name);
  if (known !== undefined) return DIALECTS[known];
  const message = `expected a dialect (${DIALECT_NAMES.join(', ')}), got "${name.slice(0, 64)}"`;
  throw new InvalidInputError('USAGE_INVALID', message, [{ where: 'dialect', message }]);
}
