import { SLSA_PROVENANCE_V1 } from '../../domain/slsa-provenance.ts';
import { listAt, textAt } from '../../kit/json-path.ts';
import type { Build, Dependency } from './build.ts';
import { isInGit, type Producer, type SourceReading, statedBy, unstated } from './source-reading.ts';
import { hintedSources } from './tekton-hints.ts';

/**
 * The sources are the inputs that the run's tasks tell of by type hints (`CHAINS-GIT_URL`, `…ARTIFACT_INPUTS`), every
 * one. Where pipeline and tasks are *defined* is listed as well, and first: that says nothing about what was built.
 * Konflux builds on it. SLSA 1 names the entries; in SLSA 0.2 the definitions are those that a `configSource` repeats.
 */
export const tektonChains: Producer = {
  name: 'Tekton Chains',
  reference: 'https://github.com/tektoncd/chains/blob/main/docs/predicate/slsa/v2.md',
  writes: (buildType) =>
    /^tekton\.dev\/v1(beta1)?\/(TaskRun|PipelineRun)$/.test(buildType) ||
    /^https:\/\/tekton\.dev\/(chains\/v2\/slsa(-tekton)?|attestations\/chains(\/pipelinerun)?@v2|predicate\/chains\/slsa\/v2)$/.test(
      buildType,
    ),
  findSources,
};

function findSources(build: Build): SourceReading {
  const inGit = build.dependencies.filter(isInGit);
  const isInput = build.predicateType === SLSA_PROVENANCE_V1 ? isNamedInput : inputsOfV02(build);
  // An input that is also where the pipeline is defined, at the same commit, is listed once, as the definition; only
  // the result it came from still tells (findings/tekton-chains-lists-a-source-as-pipeline.sh).
  const hinted = hintedSources(build);
  const inputs = inGit.filter((dependency) => isInput(dependency) || hinted.has(keyOf(dependency)));
  if (inputs.length > 0) return statedBy(inputs);
  return unstated(
    'it lists where the pipeline is defined, but no source: its tasks must tell it by the results CHAINS-GIT_URL and CHAINS-GIT_COMMIT',
  );
}

function isNamedInput({ name }: Dependency): boolean {
  return name === 'inputs/result' || name === 'input/result' || name === 'pipelineResource';
}

function inputsOfV02({ buildType, configSource, predicate }: Build): (dependency: Dependency) => boolean {
  // Of a single task the definition is not among the materials.
  if (/TaskRun$|chains@v2$/.test(buildType ?? '')) return () => true;
  const definitions = new Set(configSource === undefined ? [] : [keyOf(configSource)]);
  for (const task of listAt(predicate, 'buildConfig', 'tasks')) {
    const uri = textAt(task, 'invocation', 'configSource', 'uri');
    const commit = textAt(task, 'invocation', 'configSource', 'digest', 'sha1');
    if (uri !== undefined) definitions.add(`${uri} ${commit ?? ''}`);
  }
  return (dependency) => !definitions.has(keyOf(dependency));
}

/** Address and commit: by what Chains tells entries apart. */
function keyOf({ uri, digest }: Dependency): string {
  return `${uri ?? ''} ${textAt(digest, 'sha1') ?? ''}`;
}
