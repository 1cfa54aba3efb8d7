import { expect, it } from 'vitest';
import { judgeLevels, type SeenLevels } from '../../chaos/watch-levels.ts';

const QUIET: SeenLevels = {
  before: { 'keys of jobs': 1000, 'writes to be made': 0 },
  after: { 'keys of jobs': 1000, 'writes to be made': 0 },
  mostMib: new Map([['verify 1', 299]]),
  boundMib: 300,
};

function broken(seen: Partial<SeenLevels>): readonly string[] {
  return judgeLevels({ ...QUIET, ...seen }).flatMap(({ holds, words }) => (holds ? [] : [words]));
}

it('holds where all is as it was, or lower, or higher by one in a hundred', () => {
  expect(broken({})).toEqual([]);
  expect(broken({ after: { 'keys of jobs': 1010, 'writes to be made': 0 } })).toEqual([]);
  expect(broken({ after: { 'keys of jobs': 3, 'writes to be made': 0 } })).toEqual([]);
});

it('says what was left behind, and whose memory grew', () => {
  expect(broken({ after: { 'keys of jobs': 1011, 'writes to be made': 1 } })).toEqual([
    'keys of jobs: 1011 in the end, 1000 before',
    'writes to be made: 1 in the end, 0 before',
  ]);
  expect(broken({ mostMib: new Map([['verify 1', 301]]) })).toEqual(['verify 1 held 301 MiB, more than 300']);
});
