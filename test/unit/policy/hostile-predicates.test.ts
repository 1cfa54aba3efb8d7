import { describe, expect, it } from 'vitest';
import { SLSA_PROVENANCE_V1, SLSA_PROVENANCE_V02 } from '../../../src/domain/slsa-provenance.ts';
import type { Json, JsonObject } from '../../../src/kit/json.ts';
import { isJsonObject } from '../../../src/kit/json.ts';
import { judge } from '../../../src/policy/judge/judge.ts';
import { DIGEST, IMAGE, keyRule, keySigner, NOW, policyOf, provenanceBy, verified } from '../../support/findings.ts';
import { SOURCE, slsa1, slsa02 } from '../../support/provenance.ts';

const STRANGE: readonly Json[] = [
  null,
  0,
  -1,
  1e308,
  '',
  ' ',
  '@',
  'git+@',
  'git+https://github.com/acme/app@',
  true,
  [],
  [[]],
  {},
  { uri: {} },
  '\u0000',
  'x'.repeat(100_000),
];

/** Every copy of a value in which one place holds something strange. */
function* mutations(value: Json): Generator<Json> {
  for (const strange of STRANGE) yield strange;
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) for (const other of mutations(item)) yield value.with(index, other);
  } else if (isJsonObject(value)) {
    for (const [key, member] of Object.entries(value)) {
      const { [key]: _, ...rest } = value;
      yield rest;
      for (const other of mutations(member)) yield { ...value, [key]: other };
    }
  }
}

const REQUIREMENT = provenanceBy([keyRule('ci')], {
  source: { repository: SOURCE, ref: 'refs/tags/v*' },
  builder: 'https://github.com/actions/runner/github-hosted',
  trigger: 'push',
});

function judgePredicate(predicateType: string, predicate: JsonObject): ReturnType<typeof judge> {
  const findings = [verified({ signer: keySigner('ci'), predicateType, predicate })];
  return judge({
    policies: [policyOf([REQUIREMENT])],
    noMatch: 'alert',
    image: IMAGE,
    digest: DIGEST,
    findings,
    now: NOW,
  });
}

describe.each([
  [SLSA_PROVENANCE_V02, slsa02({ builder: 'https://github.com/actions/runner/github-hosted' })],
  [SLSA_PROVENANCE_V1, slsa1()],
])('provenance of the form %s with any one value made strange', (type, predicate) => {
  it('W16: never throws, and never says another source, ref, builder or event than the wanted one passed', () => {
    expect(judgePredicate(type, predicate).outcome).toBe('pass');
    let count = 0;
    for (const mutated of mutations(predicate)) {
      if (!isJsonObject(mutated)) continue;
      count++;
      const verdict = judgePredicate(type, mutated);
      expect(verdict.reason.length).toBeLessThan(2_000);
      if (verdict.outcome !== 'pass') continue;
      const text = JSON.stringify(mutated);
      for (const wanted of [`git+${SOURCE}@refs/tags/v1.4.2`, 'actions/runner/github-hosted', '"push"']) {
        expect(text).toContain(wanted);
      }
    }
    expect(count).toBeGreaterThan(150);
  });
});
