import { describe, expect, it } from 'vitest';
import { SLSA_PROVENANCE_V1, SLSA_PROVENANCE_V02 } from '../../../../src/domain/slsa-provenance.ts';
import { isJsonObject, type Json, type JsonObject } from '../../../../src/kit/json.ts';
import { PRODUCERS } from '../../../../src/policy/provenance/producers.ts';
import { codeOfSource } from '../../../support/judge-provenance.ts';
import { COMMIT, SOURCE } from '../../../support/provenance.ts';

const FORK = 'https://github.com/mallory/app';
const BUILDER = 'https://builder.acme.example';
const wanted = { repository: SOURCE };

/** Provenance of one builder for a build from this repository, with more entries before or after its own. */
interface Sample {
  readonly name: string;
  readonly type: string;
  readonly predicate: (repository: string, before?: readonly Json[], after?: readonly Json[]) => JsonObject;
}

const v02 = (
  buildType: string,
  uri: (repository: string) => string,
  invocation: (uri: string) => JsonObject,
): Sample => ({
  name: `${buildType} in SLSA 0.2`,
  type: SLSA_PROVENANCE_V02,
  predicate: (repository, before = [], after = []) => ({
    builder: { id: BUILDER },
    buildType,
    invocation: invocation(uri(repository)),
    materials: [...before, { uri: uri(repository), digest: { sha1: COMMIT } }, ...after],
  }),
});
const v1 = (
  buildType: string,
  entry: (repository: string) => JsonObject,
  externalParameters: (repository: string) => JsonObject = () => ({}),
): Sample => ({
  name: `${buildType} in SLSA 1`,
  type: SLSA_PROVENANCE_V1,
  predicate: (repository, before = [], after = []) => ({
    buildDefinition: {
      buildType,
      externalParameters: externalParameters(repository),
      resolvedDependencies: [...before, entry(repository), ...after],
    },
    runDetails: { builder: { id: BUILDER } },
  }),
});

const commit = { gitCommit: COMMIT };
const spdx = (repository: string): string => `git+${repository}@refs/heads/main`;
const context = (repository: string): string => `${repository}.git#refs/heads/main`;
const SAMPLES: readonly Sample[] = [
  v02('https://github.com/slsa-framework/slsa-github-generator/container@v1', spdx, (uri) => ({
    configSource: { uri },
  })),
  v02(
    'tekton.dev/v1/PipelineRun',
    (repository) => `git+${repository}.git`,
    () => ({ configSource: {} }),
  ),
  v02('https://mobyproject.org/buildkit@v1', context, (uri) => ({ configSource: { uri } })),
  v02('https://gitlab.eclipse.org/eclipsefdn/security/slsa-jenkins-plugin@v1', context, (uri) => ({
    configSource: { uri },
  })),
  v02(
    'https://gitlab.com/gitlab-org/gitlab-runner/-/blob/v15/PROVENANCE.md',
    (uri) => uri,
    (uri) => ({ configSource: { uri } }),
  ),
  v02('https://acme.example/build', spdx, () => ({})),
  v1(
    'https://actions.github.io/buildtypes/workflow/v1',
    (repository) => ({ uri: spdx(repository), digest: commit }),
    (repository) => ({
      workflow: { repository, ref: 'refs/heads/main', path: '.github/workflows/release.yml' },
    }),
  ),
  v1(
    'https://docs.gitlab.com/ci/pipeline_security/slsa/provenance_v1',
    (uri) => ({ uri, digest: commit }),
    (source) => ({ source }),
  ),
  v1(
    'https://cloud.google.com/build/gcb-buildtypes/google-worker/v1',
    (repository) => ({ uri: spdx(repository), digest: commit }),
    (repository) => ({
      buildConfigSource: { repository: `git+${SOURCE}`, ref: 'refs/heads/main' },
      sourceToBuild: { repository: `git+${repository}`, ref: 'refs/heads/main' },
    }),
  ),
  v1('https://tekton.dev/chains/v2/slsa', (repository) => ({
    name: 'inputs/result',
    uri: `git+${repository}.git`,
    digest: { sha1: COMMIT },
  })),
  v1(
    'https://github.com/moby/buildkit/blob/master/docs/attestations/slsa-definitions.md',
    (repository) => ({ uri: context(repository), digest: { sha1: COMMIT } }),
    (repository) => ({
      configSource: { uri: context(repository), path: 'Dockerfile' },
    }),
  ),
  v1(
    'https://buildkite.github.io/slsa-buildtypes/job/v1',
    (repository) => ({ uri: spdx(repository), digest: commit }),
    (repository) => ({ repository }),
  ),
  v1('https://witness.dev/slsa-build@v0.1', (repository) => ({ name: `${repository}.git`, digest: { sha1: COMMIT } })),
  v1('https://acme.example/build', (repository) => ({ uri: spdx(repository), digest: commit })),
];

/** The trusted repository in every form and role that an entry can have. */
const DECOYS: readonly JsonObject[] = [undefined, 'pipeline', 'task', 'pipelineTask', 'source', SOURCE].flatMap(
  (name) =>
    [spdx(SOURCE), context(SOURCE), `git+${SOURCE}.git`, SOURCE, 'git@github.com:acme/app.git'].flatMap((uri) =>
      [{ gitCommit: COMMIT }, { sha1: COMMIT }, { sha256: 'a'.repeat(64) }].map((digest) => ({
        ...(name !== undefined && { name }),
        uri,
        digest,
      })),
    ),
);

it('there is a sample of every builder that is known', () => {
  const without = PRODUCERS.filter(
    ({ writes }) => !SAMPLES.some(({ name }) => writes(name.replace(/ in SLSA .*/, ''))),
  );
  expect(without.map(({ name }) => name)).toEqual([]);
});

describe.each(SAMPLES)('an image by $name', ({ type, predicate }) => {
  const codeOf = (value: JsonObject): string => codeOfSource(wanted, value, { predicateType: type });

  it('passes when it was built from the trusted repository', () => {
    expect(codeOf(predicate(SOURCE))).toBe('pass');
  });

  it('built from a fork does not pass, whatever form and place of the trusted repository is listed beside it', () => {
    expect(codeOf(predicate(FORK))).not.toBe('pass');
    for (const decoy of DECOYS) {
      expect(codeOf(predicate(FORK, [decoy]))).not.toBe('pass');
      expect(codeOf(predicate(FORK, [], [decoy]))).not.toBe('pass');
      expect(codeOf(predicate(FORK, [decoy], [decoy]))).not.toBe('pass');
    }
  });

  it('built from a fork does not pass when any one value in it becomes the trusted repository', () => {
    for (const mutated of replaced(predicate(FORK), spdx(SOURCE))) {
      // Where the entry of the source is what changed, the builder says so.
      if (!isJsonObject(mutated) || !JSON.stringify(entriesOf(mutated)).includes(FORK)) continue;
      expect(codeOf(mutated)).not.toBe('pass');
    }
  });

  it('is judged in a time that grows with what is listed, not with its square', () => {
    const many = Array.from({ length: 30_000 }, (_, at) => ({
      name: 'pipelineTask',
      uri: `git+https://github.com/acme/app-${at}.git`,
      digest: { sha1: COMMIT },
    }));
    const written = predicate(FORK, many, many);
    const once = cpuOf(() => structuredClone(written));
    // A copy is one walk; judging takes up to ten of them, and thousands if it grew with the square.
    expect(cpuOf(() => codeOf(written))).toBeLessThan(50 * once);
  });
});

/** The processor's time this thread spends on it, in microseconds. */
function cpuOf(work: () => void): number {
  const before = process.threadCpuUsage();
  work();
  const { user, system } = process.threadCpuUsage(before);
  return user + system;
}

function entriesOf(predicate: JsonObject): readonly Json[] {
  const definition = predicate['buildDefinition'];
  const list = predicate['materials'] ?? (isJsonObject(definition) ? definition['resolvedDependencies'] : undefined);
  return Array.isArray(list) ? list : [];
}

/** Every copy of a value in which one text is another. */
function* replaced(value: Json, other: string): Generator<Json> {
  if (typeof value === 'string') yield other;
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries())
      for (const next of replaced(item, other)) yield value.with(index, next);
  } else if (isJsonObject(value)) {
    for (const [key, member] of Object.entries(value))
      for (const next of replaced(member, other)) yield { ...value, [key]: next };
  }
}
