import { describe, expect, it } from 'vitest';
import type { Finding, VerifiedSigner } from '../../../src/domain/finding.ts';
import type { Requirement } from '../../../src/domain/policy.ts';
import { SLSA_PROVENANCE_V1, SLSA_PROVENANCE_V02 } from '../../../src/domain/slsa-provenance.ts';
import type { JsonObject } from '../../../src/kit/json.ts';
import { judge } from '../../../src/policy/judge/judge.ts';
import {
  certificate,
  DIGEST,
  IMAGE,
  identityRule,
  keyRule,
  keySigner,
  NOW,
  pattern,
  policyOf,
  provenanceBy,
  verified,
} from '../../support/findings.ts';
import { type BuildRequest, GENERATOR, githubClaims, SOURCE, slsa1, slsa02 } from '../../support/provenance.ts';

const ANY_OF_ACME = [identityRule(pattern('https://github.com/.*'))];
const TAG = 'refs/tags/v1.4.2';
const GENERATOR_V2 = `${GENERATOR}@refs/tags/v2.0.0`;

type More = Partial<Extract<Requirement, { kind: 'provenance' }>>;

/** The two formats: a predicate from the same request, and who signs it where they are used. */
const FORMATS = [
  {
    version: 'v0.2',
    type: SLSA_PROVENANCE_V02,
    make: slsa02,
    signer: certificate(GENERATOR_V2, { claims: githubClaims({ buildSignerUri: GENERATOR_V2 }) }),
  },
  {
    version: 'v1',
    type: SLSA_PROVENANCE_V1,
    make: slsa1,
    signer: certificate(`${SOURCE}/.github/workflows/release.yml@${TAG}`, { claims: githubClaims() }),
  },
] as const;

function codeOf(more: More, finding: Finding, of = ANY_OF_ACME): string {
  const policies = [policyOf([provenanceBy(of, more)])];
  const verdict = judge({ policies, noMatch: 'alert', image: IMAGE, digest: DIGEST, findings: [finding], now: NOW });
  return verdict.outcome === 'pass' ? 'pass' : verdict.code;
}

describe.each(FORMATS)('SLSA $version provenance', ({ type, make, signer }) => {
  const finding = (request: BuildRequest = {}, by: VerifiedSigner = signer): Finding =>
    verified({ signer: by, predicateType: type, predicate: make(request) });
  // Without claims of a certificate, only what the predicate says counts.
  const byKey = (request: BuildRequest = {}): Finding => finding(request, keySigner('ci'));
  const keyed = (more: More, request: BuildRequest): string => codeOf(more, byKey(request), [keyRule('ci')]);
  const from = (source: string): BuildRequest => ({ source });

  it('of the wanted source counts', () => {
    expect(codeOf({ source: { repository: SOURCE, ref: 'refs/tags/v*' } }, finding())).toBe('pass');
  });

  it.each([
    ['with text after it', 'https://github.com/acme/app-evil'],
    ['of which it is the beginning', 'https://github.com/acme/ap'],
    ['of another owner', 'https://github.com/evil/app'],
    ['in other letters', 'https://github.com/Acme/app'],
  ])('§7.4: does not count from a source %s', (_, repository) => {
    expect(keyed({ source: { repository: SOURCE } }, from(`git+${repository}@${TAG}`))).toBe('SOURCE_MISMATCH');
  });

  it.each([
    ['with text before it', 'https://github.com/evil/https://github.com/acme/app'],
    ['in the middle of another', 'https://evil.example/https://github.com/acme/app/x'],
    ['reached by dots', 'https://github.com/evil/../acme/app'],
    ['reached by encoded dots', 'https://github.com/evil/%2e%2e/acme/app'],
  ])('§7.4: does not count from a source %s', (_, repository) => {
    expect(keyed({ source: { repository: SOURCE } }, from(`git+${repository}@${TAG}`))).toBe('PROVENANCE_INCONSISTENT');
  });

  it.each([
    ['a final slash', 'https://github.com/acme/app/'],
    ['.git', 'https://github.com/acme/app.git'],
    ['a user', 'https://builder@github.com/acme/app'],
    ['the port that is usual', 'https://github.com:443/acme/app'],
    ['the protocol of SSH', 'ssh://git@github.com/acme/app.git'],
  ])('counts from the wanted source with %s', (_, repository) => {
    expect(keyed({ source: { repository: SOURCE } }, from(`git+${repository}@${TAG}`))).toBe('pass');
  });

  it('§7.4: does not count when another source is written after the wanted one', () => {
    const uri = `git+${SOURCE}@https://github.com/evil/app@${TAG}`;
    expect(keyed({ source: { repository: SOURCE, ref: TAG } }, from(uri))).toBe('REF_MISMATCH');
  });

  it('§7.4: does not count when something else started it than it was built from', () => {
    const request = { trigger: `git+https://github.com/evil/app@${TAG}` };
    expect(keyed({}, request)).toBe('PROVENANCE_INCONSISTENT');
    expect(keyed({}, { trigger: `git+${SOURCE}@refs/heads/main` })).toBe('PROVENANCE_INCONSISTENT');
  });

  it('§7.4: does not count without a ref, or without what started it', () => {
    const source = { repository: SOURCE };
    expect(keyed({ source }, from(`git+${SOURCE}`))).toBe('PROVENANCE_INCONSISTENT');
    expect(keyed({}, { trigger: null })).toBe('PROVENANCE_INCONSISTENT');
  });

  it('§7.8: does not count when the certificate was issued for another repository, ref or commit', () => {
    const by = (claims: Parameters<typeof githubClaims>[0]): Finding =>
      finding(
        {},
        certificate(signer.kind === 'certificate' ? signer.identities.map(({ value }) => value) : [], {
          claims: { ...(signer.kind === 'certificate' && signer.claims), ...claims },
        }),
      );
    expect(codeOf({}, by({}))).toBe('pass');
    expect(codeOf({}, by({ sourceRepositoryUri: 'https://github.com/evil/app' }))).toBe('PROVENANCE_INCONSISTENT');
    expect(codeOf({}, by({ sourceRepositoryRef: 'refs/heads/main' }))).toBe('PROVENANCE_INCONSISTENT');
    expect(codeOf({}, by({ sourceRepositoryDigest: '0'.repeat(40) }))).toBe('PROVENANCE_INCONSISTENT');
    expect(codeOf({}, by({ workflowTrigger: 'workflow_dispatch' }))).toBe('PROVENANCE_INCONSISTENT');
  });

  describe('§7.5: the branch or tag', () => {
    const branch = from(`git+${SOURCE}@refs/heads/main`);
    const tag = from(`git+${SOURCE}@${TAG}`);

    it('a branch is the one named, not one that begins so', () => {
      expect(keyed({ source: { repository: SOURCE, branch: 'main' } }, branch)).toBe('pass');
      expect(keyed({ source: { repository: SOURCE, branch: 'mai' } }, branch)).toBe('REF_MISMATCH');
      expect(keyed({ source: { repository: SOURCE, branch: 'v1.4.2' } }, tag)).toBe('REF_MISMATCH');
    });

    it('a tag is the one named, and no branch of that name', () => {
      expect(keyed({ source: { repository: SOURCE, tag: 'v1.4.2' } }, tag)).toBe('pass');
      expect(keyed({ source: { repository: SOURCE, tag: 'v1.4' } }, tag)).toBe('REF_MISMATCH');
      const impostor = from(`git+${SOURCE}@refs/heads/v1.4.2`);
      expect(keyed({ source: { repository: SOURCE, tag: 'v1.4.2' } }, impostor)).toBe('REF_MISMATCH');
    });

    it('the branch of a tag is what the event says: base ref, pushed base ref or release target', () => {
      const prefix = type === SLSA_PROVENANCE_V02 ? 'github_' : 'GITHUB_';
      const name = (key: string): string => (prefix === 'github_' ? `github_${key}` : `GITHUB_${key.toUpperCase()}`);
      const built = (environment: JsonObject): string =>
        keyed({ source: { repository: SOURCE, branch: 'main' } }, { environment });
      expect(built({ [name('base_ref')]: 'refs/heads/main' })).toBe('pass');
      expect(built({ [name('event_payload')]: { base_ref: 'refs/heads/main' } })).toBe('pass');
      expect(built({ [name('event_payload')]: { release: { target_commitish: 'main' } } })).toBe('pass');
      expect(built({ [name('event_payload')]: { base_ref: 'refs/heads/dev' } })).toBe('REF_MISMATCH');
      expect(built({})).toBe('REF_MISMATCH');
    });

    it('§7.6: a versioned tag counts by its version', () => {
      const versioned = (versionedTag: string, found = 'v1.4.2'): string =>
        keyed({ source: { repository: SOURCE, versionedTag } }, from(`git+${SOURCE}@refs/tags/${found}`));
      expect(versioned('v1')).toBe('pass');
      expect(versioned('v1.4')).toBe('pass');
      expect(versioned('v1.4.2')).toBe('pass');
      expect(versioned('v1.4.2', 'v1.4.2+build.7')).toBe('pass');
      expect(versioned('v1.4.0', 'v1.4')).toBe('pass');
      expect(versioned('v1.4.2-rc.1', 'v1.4.2-rc.1')).toBe('pass');
      expect(versioned('v2')).toBe('REF_MISMATCH');
      expect(versioned('v1.5')).toBe('REF_MISMATCH');
      expect(versioned('v1.4.2', 'v1.4.2-rc.1')).toBe('REF_MISMATCH');
      expect(versioned('v1', 'v10.0.0')).toBe('REF_MISMATCH');
      expect(versioned('v1', '1.4.2')).toBe('REF_MISMATCH');
      expect(versioned('v1', 'v1.4.2.7')).toBe('REF_MISMATCH');
    });
  });

  it('§7.3: a build type its builder is not known to write does not count', () => {
    expect(codeOf({}, finding({ buildType: 'https://evil.example/build@v1' }))).toBe('BUILD_TYPE_MISMATCH');
  });

  it('§7.3: the build type the policy names is compared exactly', () => {
    const buildType = 'https://acme.example/build@v1';
    const request = { buildType, builder: 'https://builder.acme.example/v1' };
    expect(keyed({ buildType }, request)).toBe('pass');
    expect(keyed({ buildType: `${buildType}.1` }, request)).toBe('BUILD_TYPE_MISMATCH');
    expect(keyed({}, request)).toBe('pass');
  });

  it('counts by the event that started it', () => {
    expect(codeOf({ trigger: 'push' }, finding())).toBe('pass');
    expect(codeOf({ trigger: 'schedule' }, finding())).toBe('TRIGGER_MISMATCH');
  });

  it('is refused when it is not provenance at all', () => {
    const empty = verified({ signer, predicateType: type, predicate: {} });
    expect(codeOf({}, empty)).toBe('PROVENANCE_INCONSISTENT');
    for (const value of [null, 1, 'x', [], true, { id: null }] as const) {
      const odd = verified({
        signer,
        predicateType: type,
        predicate: { ...make({}), builder: value, runDetails: value },
      });
      expect(codeOf({}, odd)).toBe('PROVENANCE_INCONSISTENT');
    }
  });
});

describe('the builder (§7.1, §7.2)', () => {
  const generated = (builder = GENERATOR_V2, by = builder): Finding =>
    verified({
      signer: certificate(by, { claims: githubClaims({ buildSignerUri: by }) }),
      predicateType: SLSA_PROVENANCE_V02,
      predicate: slsa02({ builder }),
    });

  it.each([
    ['by name', GENERATOR],
    ['by name and version', `${GENERATOR}@v2.0.0`],
    ['by name and ref', GENERATOR_V2],
  ])('is the wanted one %s', (_, builder) => {
    expect(codeOf({ builder }, generated())).toBe('pass');
  });

  it.each([
    ['of another version', `${GENERATOR}@v2.0.1`],
    ['of a version that only begins so', `${GENERATOR}@v2.0`],
    ['of another name', GENERATOR.replace('container', 'generic')],
    ['whose name only begins so', GENERATOR.slice(0, -1)],
  ])('is not one %s', (_, builder) => {
    expect(codeOf({ builder }, generated())).toBe('BUILDER_MISMATCH');
  });

  it.each(['refs/heads/main', 'refs/tags/v2.0.0-rc.1', 'refs/tags/v2.0.0+x', 'refs/tags/latest', 'main'])(
    'is a release of a trusted reusable workflow, not %s',
    (ref) => {
      expect(codeOf({ builder: GENERATOR }, generated(`${GENERATOR}@${ref}`))).not.toBe('pass');
    },
  );

  it('is not the one its provenance states when another workflow signed it', () => {
    const own = `${SOURCE}/.github/workflows/release.yml@refs/tags/v1.4.2`;
    expect(codeOf({ builder: GENERATOR }, generated(GENERATOR_V2, own))).toBe('PROVENANCE_INCONSISTENT');
  });

  it('is not the one its provenance states when the name in an old certificate is another workflow', () => {
    const own = certificate(`${SOURCE}/.github/workflows/release.yml@refs/tags/v1.4.2`, {
      claims: { sourceRepositoryUri: SOURCE },
    });
    const finding = verified({ signer: own, predicateType: SLSA_PROVENANCE_V02, predicate: slsa02() });
    expect(codeOf({ builder: GENERATOR }, finding)).toBe('PROVENANCE_INCONSISTENT');
  });

  it('is the one a trusted delegator states', () => {
    const delegator = `${GENERATOR.replace('generator_container_slsa3', 'delegator_generic_slsa3')}@refs/tags/v2.0.0`;
    const builder = 'https://github.com/acme/builder/.github/workflows/build.yml@refs/tags/v3.0.0';
    const finding = verified({
      signer: certificate(delegator, { claims: githubClaims({ buildSignerUri: delegator }) }),
      predicateType: SLSA_PROVENANCE_V1,
      predicate: slsa1({ builder, source: `git+${SOURCE}@refs/tags/v1.4.2` }),
    });
    expect(codeOf({ builder: 'https://github.com/acme/builder/.github/workflows/build.yml' }, finding)).toBe('pass');
    expect(codeOf({ builder: 'https://github.com/evil/builder/.github/workflows/build.yml' }, finding)).toBe(
      'BUILDER_MISMATCH',
    );
  });

  it('may be named by the machine or by the workflow, whichever of the two the attestation states', () => {
    const workflow = `${SOURCE}/.github/workflows/release.yml`;
    const signer = certificate(`${workflow}@refs/tags/v1.4.2`, { claims: githubClaims() });
    const attested = (builder: string): Finding =>
      verified({ signer, predicateType: SLSA_PROVENANCE_V1, predicate: slsa1({ builder }) });
    const hosted = 'https://github.com/actions/runner/github-hosted';
    expect(codeOf({ builder: hosted }, attested(hosted))).toBe('pass');
    expect(codeOf({ builder: hosted }, attested(`${workflow}@refs/tags/v1.4.2`))).toBe('pass');
    expect(codeOf({ builder: workflow }, attested(hosted))).toBe('pass');
    expect(codeOf({ builder: 'https://github.com/actions/runner/self-hosted' }, attested(hosted))).toBe(
      'BUILDER_MISMATCH',
    );
  });

  it('is not the machine its provenance states when the certificate says it ran on another', () => {
    const claims = githubClaims({ runnerEnvironment: 'self-hosted' });
    const signer = certificate(`${SOURCE}/.github/workflows/release.yml@refs/tags/v1.4.2`, { claims });
    const finding = verified({ signer, predicateType: SLSA_PROVENANCE_V1, predicate: slsa1() });
    expect(codeOf({ builder: 'https://github.com/actions/runner/github-hosted' }, finding)).toBe(
      'PROVENANCE_INCONSISTENT',
    );
  });
});

describe('workflow inputs (§7.7)', () => {
  const dispatched = (inputs: JsonObject, event = 'workflow_dispatch'): Finding =>
    verified({
      signer: keySigner('ci'),
      predicateType: SLSA_PROVENANCE_V02,
      predicate: slsa02({ environment: { github_event_name: event, github_event_payload: { inputs } } }),
    });
  const of = [keyRule('ci')];

  it('must each be equal, as text', () => {
    expect(codeOf({ inputs: { env: 'prod' } }, dispatched({ env: 'prod', other: 'x' }), of)).toBe('pass');
    expect(codeOf({ inputs: { env: 'prod' } }, dispatched({ env: 'dev' }), of)).toBe('INPUTS_MISMATCH');
    expect(codeOf({ inputs: { env: 'prod' } }, dispatched({}), of)).toBe('INPUTS_MISMATCH');
    expect(codeOf({ inputs: { count: '1' } }, dispatched({ count: 1 }), of)).toBe('INPUTS_MISMATCH');
    expect(codeOf({ inputs: { toString: 'x' } }, dispatched({}), of)).toBe('INPUTS_MISMATCH');
  });

  it('count only for a build started by hand', () => {
    expect(codeOf({ inputs: { env: 'prod' } }, dispatched({ env: 'prod' }, 'push'), of)).toBe('INPUTS_MISMATCH');
  });

  it('are read from SLSA v1 too', () => {
    const finding = verified({
      signer: keySigner('ci'),
      predicateType: SLSA_PROVENANCE_V1,
      predicate: slsa1({ inputs: { env: 'prod' }, environment: { github: { event_name: 'workflow_dispatch' } } }),
    });
    expect(codeOf({ inputs: { env: 'prod' } }, finding, of)).toBe('pass');
  });
});

describe('provenance of GitLab runners', () => {
  const PROJECT = 'https://gitlab.com/acme/app';
  const predicate = (source = PROJECT): JsonObject => ({
    buildDefinition: {
      buildType: 'https://gitlab.com/gitlab-org/gitlab-runner/-/blob/v17.0.0/PROVENANCE.md',
      externalParameters: { source, entryPoint: 'build' },
      resolvedDependencies: [{ uri: source, digest: { sha256: '5f2c1a7e' } }],
    },
    runDetails: { builder: { id: `${PROJECT}/-/runners/15` } },
  });
  const signer = certificate(`${PROJECT}//.gitlab-ci.yml@refs/heads/main`, {
    issuer: 'https://gitlab.com',
    claims: { sourceRepositoryUri: PROJECT, sourceRepositoryRef: 'refs/heads/main' },
  });
  const of = [identityRule(pattern(`${PROJECT}//.*`), 'https://gitlab.com')];
  const attested = (source?: string): Finding =>
    verified({ signer, predicateType: SLSA_PROVENANCE_V1, predicate: predicate(source) });

  it('counts by project, by the ref in the certificate and by runner', () => {
    const source = { repository: PROJECT, branch: 'main' };
    expect(codeOf({ source, builder: `${PROJECT}/-/runners/15` }, attested(), of)).toBe('pass');
    expect(codeOf({ source: { ...source, branch: 'dev' } }, attested(), of)).toBe('REF_MISMATCH');
  });

  it('does not count when the certificate was issued for another project', () => {
    expect(codeOf({}, attested('https://gitlab.com/evil/app'), of)).toBe('PROVENANCE_INCONSISTENT');
  });
});
