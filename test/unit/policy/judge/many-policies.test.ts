import { expect, it } from 'vitest';
import type { Requirement } from '../../../../src/domain/policy.ts';
import { judge } from '../../../../src/policy/judge/judge.ts';
import {
  certificate,
  DIGEST,
  IMAGE,
  identityRule,
  NOW,
  policyOf,
  signatureBy,
  verified,
} from '../../../support/findings.ts';

const EVIDENCE = 10;

/** How often a requirement is asked who may sign, where so many policies cover one image; none is satisfied. */
function timesAsked(policies: number): number {
  let asked = 0;
  const requirement = (name: string): Requirement => {
    const { of, ...rest } = signatureBy([identityRule(`https://github.com/acme/${name}`)]);
    const count = () => {
      asked += 1;
      return of;
    };
    return Object.defineProperty({ ...rest, name, of }, 'of', { get: count });
  };
  const verdict = judge({
    policies: Array.from({ length: policies }, (_, at) =>
      policyOf([requirement(`app-${at}`)], { name: `policy-${at}` }),
    ),
    noMatch: 'alert',
    image: IMAGE,
    digest: DIGEST,
    findings: Array.from({ length: EVIDENCE }, (_, at) => verified({ signer: certificate(), piece: `piece-${at}` })),
    now: NOW,
  });
  expect(verdict.requirements).toHaveLength(policies);
  return asked;
}

it('what a policy costs does not grow with how many others cover the image', () => {
  expect(timesAsked(100)).toBeLessThan(5 * timesAsked(25));
});
