import { SLSA_PROVENANCE_V02 } from '../../domain/slsa-provenance.ts';
import { textAt, valueAt } from '../../kit/json-path.ts';
import type { Build } from './build.ts';

/** What started a build, as an address in git: `git+https://github.com/acme/app@refs/tags/v1`; absent if it does not say. */
export function parseTrigger({ predicateType, predicate, configSource, parameters }: Build): string | undefined {
  if (predicateType === SLSA_PROVENANCE_V02) return configSource?.uri;
  // GitHub's own attestations name the workflow in the external parameters, slsa-github-generator in the internal ones.
  const workflow = valueAt(parameters, 'workflow');
  const [repository, ref] = [textAt(workflow, 'repository'), textAt(workflow, 'ref')];
  if (repository !== undefined && ref !== undefined) return `git+${repository}@${ref}`;
  const name = textAt(predicate, 'buildDefinition', 'internalParameters', 'GITHUB_WORKFLOW_REF');
  const parts = name === undefined ? null : /^([^/@]+\/[^/@]+)\/[^@]+@(.+)$/.exec(name);
  return parts === null ? undefined : `git+https://github.com/${parts[1]}@${parts[2]}`;
}
