import { describe, expect, it } from 'vitest';
import { SLSA_PROVENANCE_V02 } from '../../../../src/domain/slsa-provenance.ts';
import type { Json, JsonObject } from '../../../../src/kit/json.ts';
import { PRODUCERS } from '../../../../src/policy/provenance/producers.ts';
import { codeOfSource, judgeSource } from '../../../support/judge-provenance.ts';
import { COMMIT, SOURCE } from '../../../support/provenance.ts';

const FORK = 'https://github.com/mallory/app';
const wanted = { repository: SOURCE };
const V02 = { predicateType: SLSA_PROVENANCE_V02 };

function slsa(
  buildType: string,
  externalParameters: JsonObject,
  resolvedDependencies: readonly JsonObject[],
): JsonObject {
  return {
    buildDefinition: { buildType, externalParameters, resolvedDependencies },
    runDetails: { builder: { id: 'https://builder.acme.example' } },
  };
}

function commitOf(uri: string, commit = COMMIT): JsonObject {
  return { uri, digest: { gitCommit: commit } };
}

const IMAGE = { uri: 'gcr.io/cloud-builders/docker@sha256:00', digest: { sha256: '0'.repeat(64) } };

describe('every builder that is known', () => {
  it('has a reference, and is the only one to write its build types', () => {
    for (const { reference } of PRODUCERS) expect(() => new URL(reference)).not.toThrow();
    const types = [
      'https://actions.github.io/buildtypes/workflow/v1',
      'https://github.com/slsa-framework/slsa-github-generator/container@v1',
      'https://gitlab.com/gitlab-org/gitlab-runner/-/blob/v17.0.0/PROVENANCE.md',
      'https://docs.gitlab.com/ci/pipeline_security/slsa/provenance_v1',
      'https://cloud.google.com/build/gcb-buildtypes/google-worker/v1',
      'https://tekton.dev/chains/v2/slsa',
      'https://mobyproject.org/buildkit@v1',
      'https://buildkite.github.io/slsa-buildtypes/job/v1',
      'https://gitlab.eclipse.org/eclipsefdn/security/slsa-jenkins-plugin@v1.0',
      'https://witness.dev/slsa-build@v0.1',
    ];
    const writers = types.map((type) => PRODUCERS.filter(({ writes }) => writes(type)).map(({ name }) => name));
    expect(writers.flat()).toEqual(PRODUCERS.map(({ name }) => name));
    for (const type of types)
      expect(PRODUCERS.some(({ writes }) => writes(`https://evil.example/${type}`))).toBe(false);
  });
});

describe('Google Cloud Build', () => {
  const TYPE = 'https://cloud.google.com/build/gcb-buildtypes/google-worker/v1';
  const config = { repository: `git+${SOURCE}`, ref: 'refs/heads/main', path: 'cloudbuild.yaml' };

  it('builds the repository its configuration lies in', () => {
    const predicate = slsa(TYPE, { buildConfigSource: config }, [IMAGE, commitOf(`git+${SOURCE}@refs/heads/main`)]);
    expect(codeOfSource({ ...wanted, branch: 'main' }, predicate)).toBe('pass');
    expect(codeOfSource({ ...wanted, branch: 'dev' }, predicate)).toBe('REF_MISMATCH');
  });

  it('is refused when it built a fork with the configuration of the trusted repository', () => {
    const sourceToBuild = { repository: `git+${FORK}`, ref: 'refs/heads/main' };
    const entries = [commitOf(`git+${SOURCE}@refs/heads/main`), commitOf(`git+${FORK}@refs/heads/main`)];
    expect(codeOfSource(wanted, slsa(TYPE, { buildConfigSource: config, sourceToBuild }, entries))).toBe(
      'SOURCE_MISMATCH',
    );
    const unreadable = { repository: 'gs://mallory/source.tgz' };
    expect(codeOfSource(wanted, slsa(TYPE, { buildConfigSource: config, sourceToBuild: unreadable }, entries))).toBe(
      'SOURCE_UNTOLD',
    );
  });

  it('is refused when it names one repository and fetched another', () => {
    const predicate = slsa(TYPE, { buildConfigSource: config }, [commitOf(`git+${FORK}@refs/heads/main`)]);
    expect(codeOfSource(wanted, predicate)).toBe('PROVENANCE_INCONSISTENT');
  });

  it('does not tell the source of a build from files, and need not where none is asked for', () => {
    const predicate = slsa(TYPE, { buildConfig: { steps: [] } }, [
      { uri: 'gs://acme/source.tgz', digest: { sha256: '0' } },
    ]);
    expect(codeOfSource(wanted, predicate)).toBe('SOURCE_UNTOLD');
    expect(codeOfSource(undefined, predicate)).toBe('pass');
  });
});

describe('GitLab', () => {
  const TYPE = 'https://docs.gitlab.com/ci/pipeline_security/slsa/provenance_v1';
  const PROJECT = 'https://gitlab.com/acme/app';
  const project = { repository: PROJECT };
  const attested = (
    source: string,
    entries: readonly JsonObject[] = [commitOf(source)],
    buildType = TYPE,
  ): JsonObject => slsa(buildType, { source, entryPoint: 'build', variables: { CI_COMMIT_REF_NAME: 'main' } }, entries);
  const claims = {
    sourceRepositoryUri: PROJECT,
    sourceRepositoryRef: 'refs/heads/main',
    sourceRepositoryDigest: COMMIT,
  };

  it('attests the project of the job, beside images that it used', () => {
    const base = { uri: 'pkg:docker/registry.example.com/base@1', digest: { sha256: '0'.repeat(64) } };
    expect(codeOfSource(project, attested(PROJECT, [base, commitOf(PROJECT)]), { claims })).toBe('pass');
    expect(codeOfSource(project, attested(PROJECT, undefined, `${TYPE}/`), { claims })).toBe('pass');
    expect(codeOfSource(project, attested('https://gitlab.com/mallory/app'))).toBe('SOURCE_MISMATCH');
  });

  it('has its ref in the certificate alone: whoever starts a pipeline may set its variables', () => {
    expect(codeOfSource({ ...project, branch: 'main' }, attested(PROJECT), { claims })).toBe('pass');
    expect(codeOfSource({ ...project, branch: 'main' }, attested(PROJECT))).toBe('REF_MISMATCH');
  });

  it('is refused when certificate and attestation name other commits', () => {
    const other = attested(PROJECT, [commitOf(PROJECT, 'e'.repeat(40))]);
    expect(codeOfSource(project, other, { claims })).toBe('PROVENANCE_INCONSISTENT');
  });

  it('does not tell which of several projects is the source', () => {
    const two = [commitOf(PROJECT), commitOf('https://gitlab.com/mallory/app')];
    expect(codeOfSource(project, attested(PROJECT, two))).toBe('SOURCE_UNTOLD');
    expect(codeOfSource(project, attested('https://gitlab.com/mallory/app', [commitOf(PROJECT)]))).toBe(
      'SOURCE_UNTOLD',
    );
  });

  it('runners say so in SLSA 0.2 by the place of the configuration alone', () => {
    const predicate = (uri: string): JsonObject => ({
      builder: { id: `${PROJECT}/-/runners/1` },
      buildType: 'https://gitlab.com/gitlab-org/gitlab-runner/-/blob/v15.1.0/PROVENANCE.md',
      invocation: { configSource: { uri, digest: { sha256: COMMIT }, entryPoint: 'build' } },
    });
    expect(codeOfSource(project, predicate(PROJECT), V02)).toBe('pass');
    expect(codeOfSource(project, predicate('https://gitlab.com/mallory/app'), V02)).toBe('SOURCE_MISMATCH');
    const other = { claims: { ...claims, sourceRepositoryDigest: 'e'.repeat(40) }, ...V02 };
    expect(codeOfSource(project, predicate(PROJECT), other)).toBe('PROVENANCE_INCONSISTENT');
  });

  it('does not count for changes that others propose from their forks, unless the policy names them', () => {
    const proposed = { claims: { ...claims, sourceRepositoryRef: 'refs/merge-requests/7/head' } };
    expect(codeOfSource(project, attested(PROJECT), proposed)).toBe('REF_MISMATCH');
    expect(codeOfSource({ ...project, ref: 'refs/merge-requests/**' }, attested(PROJECT), proposed)).toBe('pass');
  });
});

describe('Buildkite', () => {
  const TYPE = 'https://buildkite.github.io/slsa-buildtypes/job/v1';
  const job = (repository: string, build: JsonObject, entries: readonly JsonObject[]): JsonObject =>
    slsa(TYPE, { pipeline: 'https://buildkite.com/acme/app', repository, build }, entries);

  it('builds the repository of its pipeline', () => {
    const entries = [commitOf(`git+${SOURCE}@refs/heads/main`)];
    const predicate = job(SOURCE, { branch: 'main', tag: null, commit: 'HEAD' }, entries);
    expect(codeOfSource({ ...wanted, branch: 'main' }, predicate)).toBe('pass');
    expect(codeOfSource({ repository: FORK }, predicate)).toBe('SOURCE_MISMATCH');
    const tagged = job('git@github.com:acme/app.git', { branch: 'main', tag: 'v1', commit: COMMIT }, []);
    expect(codeOfSource({ ...wanted, tag: 'v1' }, tagged)).toBe('pass');
  });

  it('is refused when it names one repository and fetched another', () => {
    expect(codeOfSource(wanted, job(SOURCE, { branch: 'main' }, [commitOf(`git+${FORK}@refs/heads/main`)]))).toBe(
      'PROVENANCE_INCONSISTENT',
    );
    expect(codeOfSource(wanted, job('file:///tmp/app', {}, []))).toBe('SOURCE_UNTOLD');
  });
});

describe('Jenkins', () => {
  const predicate = (checkedOut: Json, built: string): JsonObject => ({
    builder: { id: 'https://gitlab.eclipse.org/eclipsefdn/security/slsa-jenkins-plugin@v0.1' },
    buildType: 'https://gitlab.eclipse.org/eclipsefdn/security/slsa-jenkins-plugin@v0.1',
    invocation: { configSource: checkedOut },
    materials: [{ uri: built, digest: { sha1: COMMIT } }],
  });

  it('builds what it checked out', () => {
    expect(codeOfSource(wanted, predicate({ uri: `${SOURCE}.git` }, `${SOURCE}.git`), V02)).toBe('pass');
    expect(codeOfSource(wanted, predicate({ uri: `${FORK}.git` }, `${FORK}.git`), V02)).toBe('SOURCE_MISMATCH');
    expect(codeOfSource(wanted, predicate({ uri: `${SOURCE}.git` }, `${FORK}.git`), V02)).toBe(
      'PROVENANCE_INCONSISTENT',
    );
    expect(codeOfSource(wanted, predicate({}, `${SOURCE}.git`), V02)).toBe('SOURCE_UNTOLD');
  });
});

describe('Witness', () => {
  const TYPE = 'https://witness.dev/slsa-build@v0.1';
  const remote = (name: string): JsonObject => ({ name, digest: { sha1: COMMIT } });
  const file = (name: string): JsonObject => ({ name, digest: { sha256: '0'.repeat(64) } });

  it('builds what the remotes of its working copy are, all of them', () => {
    expect(codeOfSource(wanted, slsa(TYPE, {}, [file('README.md'), remote(`${SOURCE}.git`)]))).toBe('pass');
    expect(codeOfSource(wanted, slsa(TYPE, {}, [remote(SOURCE), remote(FORK)]))).toBe('SOURCE_MISMATCH');
  });

  it('takes no file for a remote, whatever it is called', () => {
    expect(codeOfSource(wanted, slsa(TYPE, {}, [file(SOURCE), file('git@github.com:acme/app.git')]))).toBe(
      'SOURCE_UNTOLD',
    );
    expect(codeOfSource(wanted, slsa(TYPE, {}, [remote('git@github.com:acme/app.git')]))).toBe('SOURCE_UNTOLD');
  });
});

describe('a builder nobody told us about', () => {
  const TYPE = 'https://acme.example/build@v1';
  const built = (...entries: readonly JsonObject[]): JsonObject => slsa(TYPE, {}, entries);

  it('has the one repository in git for its source that it lists', () => {
    const entries = [IMAGE, commitOf(`git+${SOURCE}@refs/tags/v1`)];
    expect(codeOfSource({ ...wanted, tag: 'v1' }, built(...entries))).toBe('pass');
    expect(codeOfSource(wanted, built(commitOf(`git+${FORK}`)))).toBe('SOURCE_MISMATCH');
    expect(codeOfSource({ ...wanted, tag: 'v1' }, built(...entries, ...entries))).toBe('pass');
  });

  it.each([
    ['in git', commitOf(`git+${FORK}`)],
    ['by a bare address and a commit', { uri: FORK, digest: { sha1: COMMIT } }],
    ['by a commit alone', { uri: 'mirror of the fork', digest: { gitCommit: COMMIT } }],
    ['as a package of a forge', { uri: `pkg:github/mallory/app@${COMMIT}`, digest: {} }],
    ['with a user of SSH', { uri: 'mallory@github.com:acme/app.git', digest: {} }],
    ['by an address that cannot be compared', commitOf('git+https://github.com/acme/../mallory/app')],
  ])('does not tell it when another is listed %s, in either order', (_, other) => {
    const trusted = commitOf(`git+${SOURCE}@refs/tags/v1`);
    for (const entries of [
      [trusted, other],
      [other, trusted],
    ]) {
      const tried = judgeSource(wanted, built(...entries));
      expect(tried.code).toBe('SOURCE_UNTOLD');
      expect(tried.message).toContain('in place of `source`, ask for');
      expect(codeOfSource(undefined, built(...entries))).toBe('pass');
    }
  });

  it('does not tell it when it lists none, or the definition lies elsewhere', () => {
    expect(codeOfSource(wanted, built(IMAGE))).toBe('SOURCE_UNTOLD');
    const elsewhere = (uri: string): JsonObject => ({
      builder: { id: 'https://builder.acme.example' },
      buildType: TYPE,
      invocation: { configSource: { uri } },
      materials: [{ uri: `git+${SOURCE}`, digest: { sha1: COMMIT } }],
    });
    expect(codeOfSource(wanted, elsewhere(`git+${SOURCE}@refs/heads/main`), V02)).toBe('pass');
    expect(codeOfSource(wanted, elsewhere(`git+${FORK}@refs/heads/main`), V02)).toBe('SOURCE_UNTOLD');
  });
});

describe('the repository that a certificate was issued to', () => {
  const built = slsa('https://acme.example/build@v1', {}, [commitOf(`git+${SOURCE}.git@refs/tags/v1`)]);

  it('is compared in the one form of repositories', () => {
    for (const form of [SOURCE, `${SOURCE}.git`, `${SOURCE}/`, 'github.com/acme/app']) {
      expect(codeOfSource(wanted, built, { claims: { sourceRepositoryUri: form } })).toBe('pass');
    }
    for (const form of [
      'https://github.com/acme/ap',
      'https://github.com/Acme/app',
      'acme/app',
      `http://${SOURCE.slice(8)}`,
      '',
    ]) {
      expect(codeOfSource(undefined, built, { claims: { sourceRepositoryUri: form } })).toBe('PROVENANCE_INCONSISTENT');
    }
  });
});

describe('a source asked for by a pattern', () => {
  const built = (repository: string): JsonObject => slsa('https://acme.example/build@v1', {}, [commitOf(repository)]);
  const ofAcme = { repository: { kind: 'pattern', pattern: 'https://github\\.com/acme/[a-z]+' } } as const;

  it('is matched as a whole, in the one form of the repository, for a key and for a certificate', () => {
    for (const options of [{}, { claims: { sourceRepositoryUri: SOURCE } }]) {
      for (const form of [`git+${SOURCE}.git`, 'git+ssh://git@github.com/acme/app.git', `git+${SOURCE}/@main`]) {
        expect(codeOfSource(ofAcme, built(form), options)).toBe('pass');
      }
    }
  });

  it.each([
    'git+https://github.com/acme/app/evil',
    'git+https://github.com/acme/app-evil',
    'git+https://evil.example/https:/github.com/acme/app',
    'git+https://github.com@evil.example/acme/app',
    'git+https://githubxcom/acme/app',
  ])('does not match %s', (uri) => {
    expect(codeOfSource(ofAcme, built(uri))).toBe('SOURCE_MISMATCH');
  });

  it('does not match what cannot be compared, however wide it is', () => {
    const any = { repository: { kind: 'pattern', pattern: 'https://github\\.com/acme/.*' } } as const;
    expect(codeOfSource(any, built('git+https://github.com/acme/app'))).toBe('pass');
    for (const path of ['../mallory/app', '%2e%2e/mallory/app', '..%2fmallory/app', '\\../mallory/app']) {
      expect(codeOfSource(any, built(`git+https://github.com/acme/${path}`))).toBe('SOURCE_UNTOLD');
    }
  });
});

describe('a proposed change', () => {
  const built = (ref: string): JsonObject =>
    slsa('https://acme.example/build@v1', {}, [commitOf(`git+${SOURCE}@${ref}`)]);

  it.each(['refs/pull/7/head', 'refs/pull/7/merge', 'refs/merge-requests/7/head', 'refs/changes/07/7/1'])(
    'may be of a fork, and is no build of the repository unless the policy names it: %s',
    (ref) => {
      expect(codeOfSource(wanted, built(ref))).toBe('REF_MISMATCH');
      expect(codeOfSource({ ...wanted, ref: '**' }, built(ref))).toBe('pass');
    },
  );

  it('on GitHub is of the repository itself where a certificate was issued for it', () => {
    const claims = { sourceRepositoryUri: SOURCE, sourceRepositoryRef: 'refs/pull/7/merge' };
    expect(codeOfSource(wanted, built('refs/pull/7/merge'), { claims })).toBe('pass');
  });
});
