import type { CertificateClaims } from '../../domain/finding.ts';
import { parseGitUri } from '../../domain/git-uri.ts';
import type { Build } from './build.ts';
import { isDelegator } from './certificate-agreement.ts';
import { parseTrigger } from './parse-trigger.ts';
import { contradictory, type Producer, type SourceReading, sourceOf, unstated } from './source-reading.ts';

const WORKFLOWS = [
  'https://actions.github.io/buildtypes/workflow/v1',
  'https://slsa-framework.github.io/github-actions-buildtypes/workflow/v1',
];

/** The source is the repository of the workflow that ran, at the ref it ran for: the entry that says the same as it. */
export const github: Producer = {
  name: 'GitHub Actions',
  reference: 'https://actions.github.io/buildtypes/workflow/v1',
  writes: (buildType) => WORKFLOWS.includes(buildType),
  findSources: findWorkflowSource,
};

/** As on GitHub; what started the build stands in `configSource` or in the internal parameters. */
export const slsaGithubGenerator: Producer = {
  name: 'slsa-github-generator',
  reference: 'https://github.com/slsa-framework/slsa-github-generator/blob/main/internal/builders/container/README.md',
  writes: (buildType) => buildType.startsWith('https://github.com/slsa-framework/slsa-github-generator/'),
  findSources: findWorkflowSource,
};

function findWorkflowSource(build: Build, claims: CertificateClaims): SourceReading {
  const trigger = parseTrigger(build);
  const started = trigger?.startsWith('git+') === true ? parseGitUri(trigger) : undefined;
  if (trigger !== undefined && started === undefined) return contradictory(`its trigger ${trigger} is not a git URI`);
  const listed = build.dependencies.find(({ uri }) => uri !== undefined && uri === trigger) ?? build.dependencies[0];
  const source = listed?.uri?.startsWith('git+') === true ? sourceOf(listed) : undefined;
  if (source === undefined) {
    return unstated(`it names ${listed?.uri ?? 'no source'} where git+https://HOST/REPOSITORY@REF belongs`);
  }
  if (started === undefined) return { kind: 'stated', sources: [source] };
  // A builder that delegates may leave the ref of its source out: the trigger then holds it.
  const isBare = source.ref === undefined && isDelegator(claims);
  if (source.repository !== started.repository || !(isBare || source.ref === started.ref)) {
    return contradictory(`it was started from ${trigger} but built from ${listed?.uri}`);
  }
  return { kind: 'stated', sources: [{ ...source, ...(started.ref !== undefined && { ref: started.ref }) }] };
}
