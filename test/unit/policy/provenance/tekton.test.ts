import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { SLSA_PROVENANCE_V02 } from '../../../../src/domain/slsa-provenance.ts';
import type { JsonObject } from '../../../../src/kit/json.ts';
import { compileCondition } from '../../../../src/policy/conditions/compile-condition.ts';
import { NOW } from '../../../support/findings.ts';
import { codeOfSource, judgeSource } from '../../../support/judge-provenance.ts';
import { COMMIT, SOURCE, tekton1 } from '../../../support/provenance.ts';

const FORK = 'https://github.com/mallory/app-fork';
const CATALOG = 'https://github.com/acme/catalog';
const OTHER_COMMIT = 'e'.repeat(40);
const wanted = { repository: SOURCE };

describe('Tekton Chains in SLSA 1', () => {
  const pipeline = { name: 'pipeline', repository: CATALOG, commit: OTHER_COMMIT };
  const image = { repository: 'oci://quay.io/acme/git' };
  const input = (repository: string, commit = COMMIT) => ({ name: 'inputs/result', repository, commit });

  it('names its source as an input, wherever in the list', () => {
    expect(codeOfSource(wanted, tekton1([pipeline, image, input(SOURCE)]))).toBe('pass');
    expect(codeOfSource(wanted, tekton1([input(SOURCE), pipeline]))).toBe('pass');
  });

  it('is refused when a fork was built by the pipeline that the trusted repository defines', () => {
    for (const name of ['pipeline', 'task', 'pipelineTask']) {
      const defined = { name, repository: SOURCE, commit: OTHER_COMMIT };
      const tried = judgeSource(wanted, tekton1([defined, image, input(FORK)]));
      expect(tried).toMatchObject({ counted: false, code: 'SOURCE_MISMATCH', found: FORK });
    }
  });

  it('is refused when a fork was built beside the trusted source, in whichever order', () => {
    expect(codeOfSource(wanted, tekton1([input(SOURCE), input(FORK)]))).toBe('SOURCE_MISMATCH');
    expect(codeOfSource(wanted, tekton1([input(FORK), input(SOURCE)]))).toBe('SOURCE_MISMATCH');
    expect(codeOfSource(wanted, tekton1([input(SOURCE), input(SOURCE, OTHER_COMMIT)]))).toBe('pass');
  });

  it('is refused when an input is written in a way that cannot be compared', () => {
    const hidden = { name: 'inputs/result', repository: 'https://github.com/acme/%2e%2e/mallory/app' };
    expect(codeOfSource(wanted, tekton1([input(SOURCE), hidden]))).toBe('SOURCE_UNTOLD');
  });

  it('is refused when a fork was built beside it, in the form that structured results give', () => {
    const predicate = tekton1([input(SOURCE), input(FORK)]);
    const text = JSON.stringify(predicate).replace(`git+${FORK}.git`, FORK);
    expect(codeOfSource(wanted, JSON.parse(text))).toBe('SOURCE_MISMATCH');
    expect(
      codeOfSource(wanted, JSON.parse(JSON.stringify(tekton1([input(SOURCE)])).replace(`git+${SOURCE}.git`, SOURCE))),
    ).toBe('pass');
  });

  it('does not tell its source when only definitions are listed, and says how it would', () => {
    const tried = judgeSource(wanted, tekton1([{ ...pipeline, repository: SOURCE }]));
    expect(tried.code).toBe('SOURCE_UNTOLD');
    expect(tried.message).toContain('CHAINS-GIT_URL');
    expect(tried.message).toContain('with `attestation` and `where`');
    expect(codeOfSource(undefined, tekton1([{ ...pipeline, repository: SOURCE }]))).toBe('pass');
  });

  describe('whose source is the commit that defines the pipeline, and so listed once', () => {
    const once = { name: 'pipeline', repository: SOURCE };
    const asResult = (name: string, value: string): JsonObject => ({
      name: `pipelineRunResults/${name}`,
      content: Buffer.from(JSON.stringify(value)).toString('base64'),
    });
    const hinted = (url: string, commit = COMMIT): JsonObject =>
      tekton1([once], { byproducts: [asResult('CHAINS-GIT_URL', url), asResult('CHAINS-GIT_COMMIT', commit)] });

    it('tells it by the results of the run', () => {
      expect(codeOfSource(wanted, hinted(SOURCE))).toBe('pass');
      expect(codeOfSource(wanted, hinted(`git+${SOURCE}.git`))).toBe('pass');
    });

    it('does not by a parameter of the run: whoever starts it may write there what he likes', () => {
      const params = [
        { name: 'CHAINS-GIT_URL', value: SOURCE },
        { name: 'CHAINS-GIT_COMMIT', value: COMMIT },
      ];
      expect(codeOfSource(wanted, tekton1([once], { parameters: { params } }))).toBe('SOURCE_UNTOLD');
    });

    it('does not by the result of another commit or repository, or by none', () => {
      expect(codeOfSource(wanted, hinted(SOURCE, OTHER_COMMIT))).toBe('SOURCE_UNTOLD');
      expect(codeOfSource(wanted, hinted(FORK))).toBe('SOURCE_UNTOLD');
      expect(codeOfSource(wanted, tekton1([once], { byproducts: [asResult('CHAINS-GIT_URL', SOURCE)] }))).toBe(
        'SOURCE_UNTOLD',
      );
      const broken = [{ name: 'pipelineRunResults/CHAINS-GIT_URL', content: '%%%' }];
      expect(codeOfSource(wanted, tekton1([once], { byproducts: broken }))).toBe('SOURCE_UNTOLD');
    });
  });
});

describe('the pipeline of a run of Tekton', () => {
  it('is asked for by the condition that the documentation gives', () => {
    const [, where = ''] = /where: >-\n([^`]+)```/.exec(readFileSync('docs/policies.md', 'utf8')) ?? [];
    const condition = compileCondition(where.replace(/\s+/g, ' '));
    if (!condition.ok) throw new TypeError(condition.why);
    const by = (repository: string): unknown =>
      condition.evaluate(tekton1([{ repository: 'oci://quay.io/acme/git' }, { name: 'pipeline', repository }]), NOW);
    expect(by('https://github.com/acme/pipelines')).toEqual({ kind: 'true' });
    expect(by('https://github.com/mallory/pipelines')).toEqual({ kind: 'false' });
  });
});

describe('Tekton Chains in SLSA 0.2', () => {
  const material = (repository: string, commit = COMMIT): JsonObject =>
    repository.startsWith('oci://')
      ? { uri: repository, digest: { sha256: 'a'.repeat(64) } }
      : { uri: `git+${repository}.git`, digest: { sha1: commit } };
  const run = (materials: readonly JsonObject[], more: JsonObject = {}, invocation: JsonObject = {}): JsonObject => ({
    buildType: 'tekton.dev/v1beta1/PipelineRun',
    builder: { id: 'https://tekton.dev/chains/v2' },
    invocation: { configSource: material(CATALOG, OTHER_COMMIT), parameters: {}, ...invocation },
    materials: [material(CATALOG, OTHER_COMMIT), material('oci://quay.io/acme/git'), ...materials],
    ...more,
  });
  const type = { predicateType: SLSA_PROVENANCE_V02 };

  it('takes for the source what is no image and where nothing is defined', () => {
    expect(codeOfSource(wanted, run([material(SOURCE)]), type)).toBe('pass');
    expect(codeOfSource({ repository: CATALOG }, run([material(SOURCE)]), type)).toBe('SOURCE_MISMATCH');
  });

  it('of a single task lists images first, and the source after them', () => {
    const task = {
      buildType: 'tekton.dev/v1beta1/TaskRun',
      builder: { id: 'https://tekton.dev/chains/v2' },
      invocation: { configSource: {} },
      materials: [material('oci://docker.io/alpine/git'), material(SOURCE)],
    };
    expect(codeOfSource(wanted, task, type)).toBe('pass');
    expect(codeOfSource(undefined, { ...task, materials: [] }, type)).toBe('pass');
    const ofItself = { ...task, invocation: { configSource: material(SOURCE) } };
    expect(codeOfSource(wanted, ofItself, type)).toBe('pass');
    const ofTrusted = { ...ofItself, materials: [material(FORK)] };
    expect(codeOfSource(wanted, ofTrusted, type)).toBe('SOURCE_MISMATCH');
  });

  it('is refused when a fork was built by the pipeline that the trusted repository defines', () => {
    const defined = { configSource: material(SOURCE, OTHER_COMMIT) };
    const materials = [material(SOURCE, OTHER_COMMIT), material(FORK)];
    expect(codeOfSource(wanted, { ...run([], {}, defined), materials }, type)).toBe('SOURCE_MISMATCH');
    const unhinted = { ...run([], {}, defined), materials: [material(SOURCE, OTHER_COMMIT)] };
    expect(codeOfSource(wanted, unhinted, type)).toBe('SOURCE_UNTOLD');
  });

  it('does not take the definition of a task for a source', () => {
    const tasks = [{ invocation: { configSource: material(SOURCE, OTHER_COMMIT) } }];
    const built = run([material(SOURCE, OTHER_COMMIT), material(FORK)], { buildConfig: { tasks } });
    expect(codeOfSource(wanted, built, type)).toBe('SOURCE_MISMATCH');
    expect(codeOfSource({ repository: FORK }, built, type)).toBe('pass');
  });

  it('finds a source that is also a definition by the results of the task that fetched it', () => {
    const results = [
      { name: 'CHAINS-GIT_URL', value: CATALOG },
      { name: 'CHAINS-GIT_COMMIT', value: OTHER_COMMIT },
    ];
    expect(codeOfSource({ repository: CATALOG }, run([]), type)).toBe('SOURCE_UNTOLD');
    const told = run([], { buildConfig: { tasks: [{ results }] } });
    expect(codeOfSource({ repository: CATALOG }, told, type)).toBe('pass');
  });

  it.each([
    ['tekton.dev/v1/TaskRun', 0],
    ['tekton.dev/v1/PipelineRun', 1],
    ['https://tekton.dev/attestations/chains@v2', 0],
    ['https://tekton.dev/attestations/chains/pipelinerun@v2', 1],
  ] as const)('is read alike as %s, which lists %i definitions', (buildType, definitions) => {
    const of = (repository: string): JsonObject => {
      const defined = definitions === 0 ? [] : [material(CATALOG, OTHER_COMMIT)];
      return { ...run([], { buildType }), materials: [...defined, material(repository)] };
    };
    expect(codeOfSource(wanted, of(SOURCE), type)).toBe('pass');
    expect(codeOfSource(wanted, of(FORK), type)).toBe('SOURCE_MISMATCH');
  });
});
