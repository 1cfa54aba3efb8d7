import { describe, expect, it } from 'vitest';
import type { ArtifactRule } from '../../../../src/domain/policy.ts';
import { type CoveredThing, coveringPolicies } from '../../../../src/policy/judge/match-policies.ts';
import { policyOf } from '../../../support/findings.ts';

const CHART = 'application/vnd.cncf.helm.config.v1+json';
const IMAGE = 'registry.example.com/acme/app';

const covers = (thing: CoveredThing, artifacts?: ArtifactRule): boolean => {
  const policy = policyOf([], { images: ['registry.example.com/acme/**'], ...(artifacts && { artifacts }) });
  return coveringPolicies({ revision: 'r', policies: [policy], noMatch: 'alert' }, IMAGE, thing).length === 1;
};

describe('what a policy covers', () => {
  const chart = { artifactType: CHART };
  const attached = { artifactType: CHART, isAttached: true };

  it('is images, unless it says otherwise', () => {
    expect([covers({}), covers(chart), covers(attached)]).toEqual([true, false, false]);
    expect([covers({}, ['images']), covers(chart, ['images'])]).toEqual([true, false]);
  });

  it('is everything that stands for itself', () => {
    expect([covers({}, 'all'), covers(chart, 'all'), covers(attached, 'all')]).toEqual([true, true, false]);
  });

  it('is what has one of its types, in whatever letters, and no image unless they are among them', () => {
    const types = [CHART.toUpperCase()];
    expect([covers({}, types), covers(chart, types), covers(attached, types)]).toEqual([false, true, true]);
    expect(covers({}, [...types, 'images'])).toBe(true);
    expect(covers({ artifactType: 'application/x' }, types)).toBe(false);
  });

  it('an artifact that calls its type "images" escapes no policy about images', () => {
    expect(covers({ artifactType: 'images' })).toBe(true);
  });
});
