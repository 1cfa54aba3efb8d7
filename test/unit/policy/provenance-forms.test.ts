import { describe, expect, it } from 'vitest';
import type { Finding, VerifiedSigner } from '../../../src/domain/finding.ts';
import type { Requirement } from '../../../src/domain/policy.ts';
import { SLSA_PROVENANCE_V1, SLSA_PROVENANCE_V02 } from '../../../src/domain/slsa-provenance.ts';
import type { Json, JsonObject } from '../../../src/kit/json.ts';
import { isJsonObject } from '../../../src/kit/json.ts';
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
import { COMMIT, GENERATOR, githubClaims, SOURCE, slsa1, slsa02 } from '../../support/provenance.ts';

const TAG = 'refs/tags/v1.4.2';
const GENERATOR_V2 = `${GENERATOR}@refs/tags/v2.0.0`;
const WORKFLOW = `${SOURCE}/.github/workflows/release.yml@${TAG}`;
const HOSTED = 'https://github.com/actions/runner/github-hosted';
const CI = keySigner('ci');

type More = Partial<Extract<Requirement, { kind: 'provenance' }>>;

/** What a requirement of provenance by anybody on GitHub, or by the key, comes to. */
function codeOf(more: More, predicate: JsonObject, signer: VerifiedSigner = CI, type = SLSA_PROVENANCE_V1): string {
  const of = [keyRule('ci'), identityRule(pattern('https://github.com/.*'))];
  const finding: Finding = verified({ signer, predicateType: type, predicate });
  const policies = [policyOf([provenanceBy(of, more)])];
  const verdict = judge({ policies, noMatch: 'alert', image: IMAGE, digest: DIGEST, findings: [finding], now: NOW });
  return verdict.outcome === 'pass' ? 'pass' : verdict.code;
}

/** A copy in which the value at this path is another, or gone. */
function withValue(value: JsonObject, [key = '', ...rest]: readonly string[], other: Json | undefined): JsonObject {
  const { [key]: inner, ...others } = value;
  if (rest.length > 0 && isJsonObject(inner)) return { ...others, [key]: withValue(inner, rest, other) };
  return other === undefined ? others : { ...others, [key]: other };
}

describe.each([
  {
    version: 'v0.2',
    type: SLSA_PROVENANCE_V02,
    whole: slsa02(),
    paths: {
      builder: ['builder', 'id'],
      buildType: ['buildType'],
      source: ['materials'],
      trigger: ['invocation', 'configSource', 'uri'],
    },
  },
  {
    version: 'v1',
    type: SLSA_PROVENANCE_V1,
    whole: slsa1(),
    paths: {
      builder: ['runDetails', 'builder', 'id'],
      buildType: ['buildDefinition', 'buildType'],
      source: ['buildDefinition', 'resolvedDependencies'],
      trigger: ['buildDefinition', 'externalParameters', 'workflow', 'ref'],
    },
  },
])('SLSA $version provenance that leaves something out', ({ type, whole, paths }) => {
  const named = (uri: string): Json => [{ uri }];

  it.each([
    ['its builder', paths.builder, undefined],
    ['its builder, by an empty text', paths.builder, ''],
    ['its build type', paths.buildType, undefined],
    ['its build type, by an empty text', paths.buildType, ''],
    ['what started it', paths.trigger, undefined],
  ] as const)('does not count: %s', (_, path, value) => {
    expect(codeOf({}, whole, CI, type)).toBe('pass');
    expect(codeOf({}, withValue(whole, path, value), CI, type)).toBe('PROVENANCE_INCONSISTENT');
  });

  it.each([
    ['its source', paths.source, undefined],
    ['its source, by an empty list', paths.source, []],
    ['the address of its source', paths.source, [{ digest: { sha1: COMMIT } }]],
    ['the repository of its source', paths.source, named(`git+@${TAG}`)],
    ['the ref of its source, by an empty text', paths.source, named(`git+${SOURCE}@`)],
    ['that its source is in git', paths.source, named(`${SOURCE}@${TAG}`)],
  ] as const)('does not count where a source is asked for, and only there: %s', (_, path, value) => {
    const source = { repository: SOURCE };
    expect(codeOf({ source }, whole, CI, type)).toBe('pass');
    expect(codeOf({ source }, withValue(whole, path, value), CI, type)).toBe('SOURCE_UNTOLD');
    expect(codeOf({}, withValue(whole, path, value), CI, type)).toBe('pass');
  });

  it('does not count with a trigger that is no address in git', () => {
    const odd = type === SLSA_PROVENANCE_V02 ? slsa02({ trigger: `${SOURCE}@${TAG}` }) : slsa1({ trigger: 'git+@x' });
    expect(codeOf({}, odd, CI, type)).toBe('PROVENANCE_INCONSISTENT');
  });
});

describe('§7.4: provenance of GitHub that does not say what started it', () => {
  it('counts where the certificate of the build itself names its source', () => {
    const untold = slsa1({ trigger: null });
    expect(codeOf({}, untold, certificate(WORKFLOW, { claims: githubClaims() }))).toBe('pass');
    const { sourceRepositoryUri: _, ...claims } = githubClaims();
    expect(codeOf({}, untold, certificate(WORKFLOW, { claims }))).toBe('PROVENANCE_INCONSISTENT');
  });
});

describe('§7.4: a source without a ref', () => {
  const delegator = `${GENERATOR.replace('generator_container', 'delegator_lowperms-generic')}@refs/tags/v2.0.0`;
  const builder = 'https://github.com/acme/builder/.github/workflows/build.yml@refs/tags/v3.0.0';
  const signedBy = (workflow: string): VerifiedSigner =>
    certificate(workflow, { claims: githubClaims({ buildSignerUri: workflow }) });
  const bare = (trigger = `git+${SOURCE}@${TAG}`, source = `git+${SOURCE}`): JsonObject =>
    slsa1({ builder, source, trigger });
  const wanted = { source: { repository: SOURCE, ref: TAG } };

  it('is one of a builder that delegates, and its ref is that of the trigger', () => {
    expect(codeOf(wanted, bare(), signedBy(delegator))).toBe('pass');
    expect(codeOf({ source: { repository: SOURCE, ref: 'refs/heads/*' } }, bare(), signedBy(delegator))).toBe(
      'REF_MISMATCH',
    );
  });

  it('is none of any other builder', () => {
    expect(codeOf({}, bare(), signedBy(builder))).toBe('PROVENANCE_INCONSISTENT');
    expect(codeOf({}, bare(), CI)).toBe('PROVENANCE_INCONSISTENT');
  });

  it('must be the repository of the trigger all the same, and agree with the certificate', () => {
    const evil = 'https://github.com/evil/app';
    expect(codeOf({}, bare(`git+${evil}@${TAG}`), signedBy(delegator))).toBe('PROVENANCE_INCONSISTENT');
    expect(codeOf({}, bare(undefined, `git+${evil}`), signedBy(delegator))).toBe('PROVENANCE_INCONSISTENT');
    expect(codeOf({}, bare(`git+${SOURCE}@refs/heads/main`), signedBy(delegator))).toBe('PROVENANCE_INCONSISTENT');
  });

  it('with a ref, a delegating builder must name the same one twice', () => {
    const other = bare(`git+${SOURCE}@${TAG}`, `git+${SOURCE}@refs/heads/main`);
    expect(codeOf({}, other, signedBy(delegator))).toBe('PROVENANCE_INCONSISTENT');
  });
});

describe('SLSA v1 provenance of slsa-github-generator', () => {
  const generated = (environment: JsonObject): JsonObject =>
    slsa1({ builder: GENERATOR_V2, trigger: null, environment });
  const type = { buildType: 'https://actions.github.io/buildtypes/workflow/v1' };

  it('names what started it in its internal parameters', () => {
    const environment = { GITHUB_WORKFLOW_REF: `acme/app/.github/workflows/release.yml@${TAG}` };
    expect(codeOf(type, generated(environment))).toBe('pass');
    expect(codeOf({ ...type, source: { repository: SOURCE, tag: 'v1.4.2' } }, generated(environment))).toBe('pass');
  });

  it.each([
    'evil/app/.github/workflows/release.yml@refs/tags/v1.4.2',
    'acme/app/.github/workflows/release.yml@refs/heads/main',
    'acme/app/.github/workflows/release.yml',
    'acme/app@refs/tags/v1.4.2',
    'acme/app/@refs/tags/v1.4.2',
    '',
  ])('and does not count when that is not what it was built from: %s', (GITHUB_WORKFLOW_REF) => {
    expect(codeOf(type, generated({ GITHUB_WORKFLOW_REF }))).toBe('PROVENANCE_INCONSISTENT');
  });
});

describe('§7.3: the build type', () => {
  const container = 'https://github.com/slsa-framework/slsa-github-generator/container@v1';

  it("of slsa-github-generator's containers is its own alone", () => {
    const builder = GENERATOR_V2;
    expect(codeOf({}, slsa1({ builder, buildType: container }))).toBe('pass');
    for (const buildType of [
      'https://actions.github.io/buildtypes/workflow/v1',
      'https://slsa-framework.github.io/github-actions-buildtypes/workflow/v1',
      'https://github.com/slsa-framework/slsa-github-generator/generic@v1',
    ]) {
      expect(codeOf({}, slsa1({ builder, buildType }))).toBe('BUILD_TYPE_MISMATCH');
    }
  });

  it('of GitHub is either of the two it has written', () => {
    for (const site of ['actions.github.io/buildtypes', 'slsa-framework.github.io/github-actions-buildtypes']) {
      expect(codeOf({}, slsa1({ buildType: `https://${site}/workflow/v1` }))).toBe('pass');
      expect(codeOf({}, slsa1({ buildType: `https://${site}/workflow/v2` }))).toBe('BUILD_TYPE_MISMATCH');
    }
  });
});

describe('a builder that is not on GitHub', () => {
  const builder = 'https://builder.acme.example/v1';
  const claims = githubClaims();

  it('need not say what started it', () => {
    expect(codeOf({}, slsa1({ builder, trigger: null }))).toBe('pass');
    expect(codeOf({}, slsa1({ builder: HOSTED, trigger: null }))).toBe('PROVENANCE_INCONSISTENT');
  });

  it('goes by no other name, whatever its certificate says of workflow and machine', () => {
    const signer = certificate(WORKFLOW, { claims });
    expect(codeOf({ builder }, slsa1({ builder }), signer)).toBe('pass');
    expect(codeOf({ builder: WORKFLOW }, slsa1({ builder }), signer)).toBe('BUILDER_MISMATCH');
    expect(codeOf({ builder: HOSTED }, slsa1({ builder }), signer)).toBe('BUILDER_MISMATCH');
  });
});

describe('§7.1: a certificate with several names', () => {
  it('may be of the stated workflow by any of them', () => {
    const other = 'https://github.com/acme/app/.github/workflows/other.yml@refs/heads/main';
    const signer = certificate([other, GENERATOR_V2], { claims: { sourceRepositoryUri: SOURCE } });
    expect(codeOf({ builder: GENERATOR }, slsa02(), signer, SLSA_PROVENANCE_V02)).toBe('pass');
    const none = certificate([other, other], { claims: { sourceRepositoryUri: SOURCE } });
    expect(codeOf({ builder: GENERATOR }, slsa02(), none, SLSA_PROVENANCE_V02)).toBe('PROVENANCE_INCONSISTENT');
  });

  it('is of no workflow by a name that is an e-mail address', () => {
    const signer = { ...certificate(WORKFLOW, { claims: { sourceRepositoryUri: SOURCE } }) };
    const mail = { kind: 'email', value: `x@${GENERATOR_V2}` } as const;
    const both: VerifiedSigner =
      signer.kind === 'certificate' ? { ...signer, identities: [...signer.identities, mail] } : signer;
    expect(codeOf({}, slsa02({ builder: `x@${GENERATOR_V2}` }), both, SLSA_PROVENANCE_V02)).toBe(
      'PROVENANCE_INCONSISTENT',
    );
  });
});

describe('provenance signed with a key', () => {
  it('is of the builder it names, and of no machine or workflow beside', () => {
    expect(codeOf({ builder: HOSTED }, slsa1())).toBe('pass');
    expect(codeOf({ builder: HOSTED }, slsa1({ builder: WORKFLOW }))).toBe('BUILDER_MISMATCH');
    expect(codeOf({ builder: WORKFLOW }, slsa1())).toBe('BUILDER_MISMATCH');
  });
});

describe('provenance of GitLab runners', () => {
  const PROJECT = 'https://gitlab.com/acme/app';
  const of = [identityRule(pattern(`${PROJECT}//.*`), 'https://gitlab.com'), keyRule('ci')];
  const claims = {
    sourceRepositoryUri: PROJECT,
    sourceRepositoryRef: 'refs/heads/main',
    sourceRepositoryIdentifier: '42',
    runnerEnvironment: 'gitlab-hosted',
    workflowTrigger: 'push',
  };
  const signer = certificate(`${PROJECT}//.gitlab-ci.yml@refs/heads/main`, { issuer: 'https://gitlab.com', claims });
  const built = (uri: string, buildType = 'https://gitlab.com/gitlab-org/gitlab-runner/-/blob/v17.0.0/PROVENANCE.md') =>
    verified({
      signer,
      predicateType: SLSA_PROVENANCE_V1,
      predicate: {
        buildDefinition: { buildType, resolvedDependencies: [{ uri, digest: { sha256: COMMIT } }] },
        runDetails: { builder: { id: `${PROJECT}/-/runners/15` } },
      },
    });
  const codeBy = (more: More, finding: Finding, rules = of): string => {
    const policies = [policyOf([provenanceBy(rules, more)])];
    const verdict = judge({ policies, noMatch: 'alert', image: IMAGE, digest: DIGEST, findings: [finding], now: NOW });
    return verdict.outcome === 'pass' ? 'pass' : verdict.code;
  };

  it('names the address of its project without git, which no other builder may', () => {
    const asked = { source: { repository: PROJECT } };
    expect(codeBy(asked, built(PROJECT))).toBe('pass');
    expect(codeBy(asked, built(PROJECT, 'https://acme.example/build@v1'))).toBe('SOURCE_UNTOLD');
    expect(codeBy(asked, built('http://gitlab.com/acme/app'))).toBe('PROVENANCE_INCONSISTENT');
    for (const uri of ['acme/app', `${PROJECT}@refs/heads/main`, `${PROJECT} x`]) {
      expect(codeBy(asked, built(uri))).toBe('SOURCE_UNTOLD');
      expect(codeBy({}, built(uri))).toBe('pass');
    }
  });

  it('counts by the event in the certificate', () => {
    expect(codeBy({ trigger: 'push' }, built(PROJECT))).toBe('pass');
    expect(codeBy({ trigger: 'schedule' }, built(PROJECT))).toBe('TRIGGER_MISMATCH');
  });

  it('counts by claims of the certificate, such as the project that keeps its number under another name', () => {
    const claimed = (wanted: Readonly<Record<string, string>>) =>
      of.map((rule) => ({
        ...rule,
        claims: Object.fromEntries(
          Object.entries(wanted).map(([name, text]) => [name, { kind: 'exact', text } as const]),
        ),
      }));
    expect(codeBy({}, built(PROJECT), claimed({ sourceRepositoryIdentifier: '42' }))).toBe('pass');
    expect(codeBy({}, built(PROJECT), claimed({ sourceRepositoryIdentifier: '4' }))).toBe('SIGNER_NOT_ALLOWED');
    expect(codeBy({}, built(PROJECT), claimed({ runnerEnvironment: 'self-hosted' }))).toBe('SIGNER_NOT_ALLOWED');
    expect(codeBy({}, built(PROJECT), claimed({ sourceRepositoryVisibility: 'public' }))).toBe('SIGNER_NOT_ALLOWED');
  });
});
