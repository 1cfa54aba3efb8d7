import { expect, it } from 'vitest';
import { judgedToTell, type LimitedBy, type QuarantineLimits } from '../../../src/domain/quarantine-limits.ts';
import { type BreakerInput, type BreakerReason, decideBreaker } from '../../../src/quarantine/breaker.ts';

/** The defaults of one registry. */
const LIMITS: QuarantineLimits = {
  perHour: 20,
  share: 0.05,
  perRegistry: { perHour: 20, share: 0.05 },
  perRepository: { perHour: 5, share: 0.2 },
};
/** For what is about all: no repository has a limit of its own. */
const OF_ALL: QuarantineLimits = { ...LIMITS, perRepository: { perHour: 1_000, share: 1 } };

interface Hour {
  readonly quarantines?: number;
  readonly judged?: number;
  readonly ahead?: number;
  readonly inRepository?: Partial<BreakerInput['repository']>;
  readonly writesOfSubject?: number;
  readonly limits?: QuarantineLimits;
  readonly resumed?: boolean;
}

/** All happens in one registry; by default in the one repository, too. */
function decide({ quarantines = 0, judged = 0, ahead = 0, limits = OF_ALL, ...hour }: Hour) {
  const { inRepository, writesOfSubject = 0, resumed = false } = hour;
  const several = { quarantines, judged, ahead, fullest: [{ name: 'r.example.com/acme/junk', quarantines }] };
  return decideBreaker({
    resumed,
    writesOfSubject,
    repository: { name: 'r.example.com/acme/app', quarantines, judged, behind: null, ...inRepository },
    registry: { ...several, name: 'r.example.com' },
    all: several,
    limits,
  });
}

const held = (scope: BreakerReason['scope'], sentence: RegExp) => ({
  scope,
  sentence: expect.stringMatching(sentence),
});

it('lets a failing image through in calm times', () => {
  expect(decide({ quarantines: 3, judged: 500 })).toBeNull();
});

it('lets the first images of a small registry through, however large their share', () => {
  expect(decide({ quarantines: 4, judged: 6 })).toBeNull();
});

it('E2, L9: a wrong policy that fails 1,000 images writes at most 20 tags', () => {
  let quarantines = 0;
  for (let judged = 1; judged <= 1_000; judged += 1) {
    if (decide({ quarantines, judged }) === null) quarantines += 1;
  }
  expect(quarantines).toBeGreaterThan(0);
  expect(quarantines).toBeLessThanOrEqual(20);
});

it('L9: stops at 5 % of the images judged, once there are enough of them to count', () => {
  expect(decide({ quarantines: 9, judged: 200 })).toBeNull();
  expect(decide({ quarantines: 10, judged: 200 })).toEqual(held('registry', /11 of the 200.*limit 5 %/));
});

it('L9: stops at the fourth write to one image in an hour', () => {
  const at = (writesOfSubject: number) => decide({ judged: 1, writesOfSubject });
  expect(at(2)).toBeNull();
  expect(at(3)).toEqual(held('image', /3 times in the last hour/));
});

it('writes nothing with a limit of zero', () => {
  expect(decide({ judged: 1, limits: { ...OF_ALL, perHour: 0 } })).not.toBeNull();
});

it('P5, L9: stops at the sixth quarantine of one repository in an hour, and names it', () => {
  const at = (quarantines: number) => decide({ quarantines, judged: 10_000, limits: LIMITS });
  expect(at(4)).toBeNull();
  expect(at(5)).toEqual(held('repository', /limit of 5 quarantines.*reached by r\.example\.com\/acme\/app/));
});

it('P5: thousands of junk images in one repository leave the first of another free', () => {
  for (const junk of [21, 99, 100, 119, 10_000]) {
    const other = { quarantines: 0, judged: 1 };
    const hour = { quarantines: 5, judged: junk + 1, inRepository: other, limits: LIMITS };
    expect(decide(hour), `${junk} junk images`).toBeNull();
  }
});

it('P5: junk in very many repositories stops at the limit of the registry, whoever filled it is named', () => {
  const fresh = { quarantines: 0, judged: 1 };
  expect(decide({ quarantines: 20, judged: 500, inRepository: fresh, limits: LIMITS })).toEqual(
    held('registry', /limit of 20 quarantines in an hour is reached by images of r\.example\.com:.*acme\/junk \(20\)/),
  );
});

it('P5: what one registry has filled is still free for the others', () => {
  const limits = { ...LIMITS, perRegistry: { perHour: 10, share: 0.05 } };
  const full = { quarantines: 10, judged: 50, ahead: 0, fullest: [] };
  const first = { quarantines: 0, judged: 1 };
  const decideIn = (registry: object) =>
    decideBreaker({
      resumed: false,
      writesOfSubject: 0,
      repository: { ...first, name: 'x/app', behind: null },
      registry: { ...first, ahead: 0, fullest: [], name: 'x', ...registry },
      all: full,
      limits,
    });
  expect(decideIn(full)).toEqual(held('registry', /by images of x/));
  expect(decideIn({})).toBeNull();
});

it('P5: a repository with three images, all of them bad, is never held', () => {
  for (const quarantines of [0, 1, 2]) expect(decide({ quarantines, judged: 3, limits: LIMITS })).toBeNull();
});

it.each([0.2, 0.05, 0.001])('a share of %d alone never holds the first five of an hour', (share) => {
  const limits = { ...OF_ALL, share, perRegistry: { perHour: 1_000, share }, perRepository: { perHour: 1_000, share } };
  for (let judged = 1; judged < 20_000; judged += 7) {
    for (const quarantines of [0, 4]) expect(decide({ quarantines, judged, limits })).toBeNull();
  }
});

it('stops at 20 % of the images of a repository where more than five are allowed', () => {
  const limits = { ...OF_ALL, perRegistry: { perHour: 1_000, share: 1 }, share: 1 };
  const at = (quarantines: number) =>
    decide({ quarantines, judged: 50, limits: { ...limits, perRepository: { perHour: 1_000, share: 0.2 } } });
  expect(at(9)).toBeNull();
  expect(at(10)).toEqual(held('repository', /11 of the 50 images of r\.example\.com\/acme\/app.*limit 20 %/));
});

it('holds what comes anew behind those of its repository that are held already', () => {
  const behind = (limit: LimitedBy) => decide({ quarantines: 1, inRepository: { behind: limit }, limits: LIMITS });
  expect(behind('repository')).toEqual(held('repository', /of r\.example\.com\/acme\/app that failed before/));
  expect(behind('all')).toEqual(held('all', /of r\.example\.com\/acme\/app that failed before.*acme\/junk \(1\)/));
});

it('leaves what is left of an hour to the repositories that wait for longer', () => {
  expect(decide({ quarantines: 17, judged: 500, ahead: 2 })).toBeNull();
  expect(decide({ quarantines: 17, judged: 500, ahead: 3 })).toEqual(held('registry', /limit of 20/));
});

it('L9: what a person has let go is held by the pace of all alone, and by nothing that answers our writes', () => {
  const behind = {
    inRepository: { behind: 'repository' },
    quarantines: 19,
    judged: 20,
    ahead: 50,
    limits: LIMITS,
  } as const;
  expect(decide(behind)).not.toBeNull();
  expect(decide({ ...behind, resumed: true })).toBeNull();
  expect(decide({ ...behind, quarantines: 20, resumed: true })).toEqual(held('all', /let go by a person.*pace of 20/));
  expect(decide({ ...behind, writesOfSubject: 3, resumed: true })).toEqual(held('image', /written to 3 times/));
});

it('L9: decides the same by as many judged images as it takes to tell, as by all of them', () => {
  for (const share of [0.003, 0.05, 0.07, 0.1, 0.2, 0.3, 1]) {
    const limit = { perHour: 30, share };
    const limits = { ...limit, perRegistry: limit, perRepository: limit };
    for (let quarantines = 0; quarantines <= 31; quarantines += 1) {
      const enough = judgedToTell(quarantines, limit);
      for (const judged of [0, 1, enough - 2, enough - 1, enough, enough + 1, 20 * enough].filter((n) => n >= 0)) {
        const counted = decide({ quarantines, judged: Math.min(judged, enough), limits });
        expect(counted, `${quarantines} of ${judged} at ${share}`).toEqual(decide({ quarantines, judged, limits }));
      }
    }
  }
});
