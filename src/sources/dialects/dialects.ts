import type { Dialect } from '../../domain/registry-event.ts';
import { InvalidInputError } from '../../kit/errors.ts';
import { readDistribution } from './distribution.ts';
import { readHarbor } from './harbor.ts';
import { readLazaret } from './lazaret.ts';
import { readZot } from './zot.ts';

/** The dialects Lazaret reads, by the name configuration and `lazaret events parse --dialect` use. */
export type DialectName = 'distribution' | 'harbor' | 'zot' | 'lazaret';

/** All names, in the order they are shown. */
export const DIALECT_NAMES: readonly DialectName[] = ['distribution', 'harbor', 'zot', 'lazaret'];

const DIALECTS: Readonly<Record<DialectName, Dialect>> = {
  distribution: readDistribution,
  harbor: readHarbor,
  zot: readZot,
  lazaret: readLazaret,
};

/** The dialect of this name. @throws {InvalidInputError} `USAGE_INVALID` naming the ones there are. */
export function findDialect(name: string): Dialect {
  const known = DIALECT_NAMES.find((candidate) => candidate === name);
  if (known !== undefined) return DIALECTS[known];
  const message = `expected a dialect (${DIALECT_NAMES.join(', ')}), got "${name.slice(0, 64)}"`;
  throw new InvalidInputError('USAGE_INVALID', message, [{ where: 'dialect', message }]);
}
