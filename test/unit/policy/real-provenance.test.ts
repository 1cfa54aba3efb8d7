import { describe, expect, it } from 'vitest';
import { digestOf } from '../../../src/domain/digest.ts';
import type { Requirement } from '../../../src/domain/policy.ts';
import { identityRule, pattern, policyOf, provenanceBy } from '../../support/findings.ts';
import { JUDGED, judgeReal } from '../../support/judge-evidence.ts';
import { createSigstoreWorld, GITHUB_ISSUER, type KeylessIdentity } from '../../support/sigstore-world.ts';

const NOW = new Date('2026-11-24T12:00:00Z');
const world = createSigstoreWorld({ now: () => NOW });
const SOURCE = 'https://github.com/acme/app';
const DELEGATOR =
  'https://github.com/slsa-framework/slsa-github-generator/.github/workflows/delegator_generic_slsa3.yml';
const REUSABLE = 'https://github.com/acme/builders/.github/workflows/build.yml';
const anyWorkflow = [identityRule(pattern('https://github.com/.*'), GITHUB_ISSUER)];

/** A run of the source's repository in which this reusable workflow signs. */
function runOf(workflow: string, repository = 'acme/app'): KeylessIdentity {
  const source = `https://github.com/${repository}`;
  return world.mintKeyless({
    subject: workflow,
    issuer: GITHUB_ISSUER,
    claims: {
      workflowTrigger: 'push',
      buildSignerUri: workflow,
      runnerEnvironment: 'github-hosted',
      sourceRepositoryUri: source,
      sourceRepositoryRef: 'refs/tags/v1.0.0',
    },
  });
}

function codeOf(
  more: Partial<Extract<Requirement, { kind: 'provenance' }>>,
  identity: KeylessIdentity,
  builder: string,
): string | undefined {
  const bytes = world.attestProvenance({ digest: JUDGED.digest, identity, builder });
  const items = [{ kind: 'bundle', digest: digestOf(bytes), place: 'referrer', bytes } as const];
  return judgeReal(world, [policyOf([provenanceBy(anyWorkflow, more)])], items, NOW).requirements[0]?.code;
}

describe('provenance signed by a reusable workflow', () => {
  const release = `${REUSABLE}@refs/tags/v2.0.0`;

  it('is of the builder that signed, and of the source that called it', () => {
    const wanted = { builder: REUSABLE, source: { repository: SOURCE, ref: 'refs/tags/v*' } };
    expect(codeOf(wanted, runOf(release), release)).toBe('SATISFIED');
  });

  it('is of no other source than the certificate names, whatever it says itself', () => {
    expect(codeOf({ source: { repository: SOURCE } }, runOf(release, 'evil/app'), release)).toBe(
      'PROVENANCE_INCONSISTENT',
    );
  });

  it('is of no other builder than signed, whatever it says itself', () => {
    const claimed = `${REUSABLE}@refs/tags/v2.0.1`;
    expect(codeOf({ builder: claimed }, runOf(release), claimed)).toBe('PROVENANCE_INCONSISTENT');
    expect(codeOf({ builder: `${REUSABLE}@v2.0.1` }, runOf(release), release)).toBe('BUILDER_MISMATCH');
  });

  it('is of no release when a branch of that name signed', () => {
    const branch = `${REUSABLE}@refs/heads/v2.0.0`;
    expect(codeOf({ builder: `${REUSABLE}@v2.0.0` }, runOf(branch), branch)).toBe('BUILDER_MISMATCH');
  });
});

describe('provenance signed by a workflow that signs for others (§7.1)', () => {
  const builder = `${REUSABLE}@refs/tags/v2.0.0`;

  it('is of the builder it names when it is a release', () => {
    expect(codeOf({ builder: REUSABLE }, runOf(`${DELEGATOR}@refs/tags/v2.1.0`), builder)).toBe('SATISFIED');
  });

  it.each(['refs/heads/main', 'refs/pull/1/merge', 'refs/tags/v2.1.0-rc.0', 'refs/tags/v2', '5f2c1a7e'])(
    'is of nobody when it is no release, but %s: anybody could have changed what it signs',
    (ref) => {
      expect(codeOf({ builder: REUSABLE }, runOf(`${DELEGATOR}@${ref}`), builder)).toBe('PROVENANCE_INCONSISTENT');
    },
  );
});
