import { parseGitUri } from '../../domain/git-uri.ts';
import { textAt, valueAt } from '../../kit/json-path.ts';
import type { Build } from './build.ts';
import { contradictory, isInGit, type Producer, type SourceReading, sourceOf, unstated } from './source-reading.ts';

/**
 * The source is `sourceToBuild`; where that is absent, it is the repository from which the build's configuration was
 * read. The commit is that of the entry in `resolvedDependencies` of the same repository.
 */
export const cloudBuild: Producer = {
  name: 'Google Cloud Build',
  reference: 'https://cloud.google.com/build/gcb-buildtypes/google-worker/v1',
  writes: (buildType) => buildType === 'https://cloud.google.com/build/gcb-buildtypes/google-worker/v1',
  findSources: findSourceToBuild,
};

function findSourceToBuild({ parameters, dependencies }: Build): SourceReading {
  // Present but unreadable is not absent: the configuration may lie in the trusted repository, what was built elsewhere.
  const chosen = valueAt(parameters, 'sourceToBuild') ?? valueAt(parameters, 'buildConfigSource');
  const written = textAt(chosen, 'repository');
  const place = written === undefined ? undefined : parseGitUri(written);
  if (place === undefined) return unstated('it does not name a repository in git: the build was not of one');
  const inGit = dependencies.filter(isInGit).map(sourceOf);
  const found = inGit.find((source) => source?.repository === place.repository);
  if (found === undefined) {
    const why = `it names the source ${place.repository}, but fetched nothing from it`;
    return inGit.length > 0 ? contradictory(why) : unstated(why);
  }
  const ref = textAt(chosen, 'ref') ?? place.ref ?? found.ref;
  const { ref: _, ...source } = found;
  return { kind: 'stated', sources: [{ ...source, ...(ref !== undefined && { ref }) }] };
}
