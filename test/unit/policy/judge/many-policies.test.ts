import { expect, it } from 'vitest';
import type { EvidenceClaim } from '../../../../src/domain/finding.ts';
import { keyMaterialId, type Requirement } from '../../../../src/domain/policy.ts';
import { judge } from '../../../../src/policy/judge/judge.ts';
import {
  certificate,
  DIGEST,
  IMAGE,
  identityRule,
  keyRule,
  NOW,
  policyKey,
  policyOf,
  refused,
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

/**
 * How often anything of a finding is read, where so many policies, each with a key of its own, cover one image whose
 * evidence none of the keys has signed: there is a finding for each piece and key.
 */
function timesRead(policies: number, claim: EvidenceClaim): number {
  let read = 0;
  const names = Array.from({ length: policies }, (_, at) => `key-${at}`);
  const pieces = Array.from({ length: EVIDENCE }, (_, at) => `piece-${at}`);
  const findings = names.flatMap((name) =>
    pieces.map((piece) => {
      const material = keyMaterialId(policyKey(name));
      return new Proxy(refused('SIGNATURE_INVALID', { piece, material, claim }), {
        get(finding, property) {
          read += 1;
          return Reflect.get(finding, property);
        },
      });
    }),
  );
  const verdict = judge({
    policies: names.map((name) => policyOf([signatureBy([keyRule(name)])], { name })),
    noMatch: 'alert',
    image: IMAGE,
    digest: DIGEST,
    findings,
    now: NOW,
  });
  expect(verdict.requirements.map(({ satisfied }) => satisfied)).toEqual(names.map(() => false));
  return read;
}

it.each([
  ['signatures', { kind: 'signature' }],
  ['attestations, which nobody asks for,', { kind: 'attestation', predicateType: 'https://spdx.dev/Document' }],
] as const)('of %s a finding by one key is not read for the policies that name others', (_, claim) => {
  expect(timesRead(100, claim)).toBeLessThan(5 * timesRead(25, claim));
});
