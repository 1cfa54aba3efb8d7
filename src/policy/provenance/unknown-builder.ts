import type { Build, Dependency } from './build.ts';
import { isInGit, repositoriesOf, type SourceReading, statedBy, unstated } from './source-reading.ts';

/**
 * The source of a build type whose meaning nobody told us: the one repository in git that it lists, if it is one. Which
 * of several is the source cannot be guessed: the first may be where the build is defined, and the source a fork.
 */
export function findUnknownSources({ buildType, configSource, dependencies }: Build): SourceReading {
  const listed = dependencies.filter(mayBeInGit);
  const about = `what the build type ${buildType} lists has a meaning that Lazaret does not know`;
  if (listed.length === 0) return unstated(`${about}, and none of it is in git`);
  const all = [...listed, ...(configSource !== undefined && mayBeInGit(configSource) ? [configSource] : [])];
  const reading = statedBy(all);
  const { length } = repositoriesOf(all);
  if (reading.kind === 'stated' && length > 1) return unstated(`${about}, and it is ${length} repositories in git`);
  return reading.kind === 'stated' ? statedBy(listed) : reading;
}

function mayBeInGit(dependency: Dependency): boolean {
  return isInGit(dependency) || /^pkg:(github|gitlab|bitbucket|git)\//.test(dependency.uri ?? '');
}
