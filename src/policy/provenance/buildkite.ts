import { parseGitUri } from '../../domain/git-uri.ts';
import { textAt, valueAt } from '../../kit/json-path.ts';
import type { Build } from './build.ts';
import { contradictory, isInGit, type Producer, type SourceReading, sourceOf, unstated } from './source-reading.ts';

/** The source is the repository of the pipeline; branch and tag are what whoever made the build called them. */
export const buildkite: Producer = {
  name: 'Buildkite',
  reference: 'https://buildkite.github.io/slsa-buildtypes/job/v1',
  writes: (buildType) => buildType === 'https://buildkite.github.io/slsa-buildtypes/job/v1',
  findSources,
};

function findSources({ parameters, dependencies }: Build): SourceReading {
  const written = textAt(parameters, 'repository');
  const place = written === undefined ? undefined : parseGitUri(written);
  if (place === undefined)
    return unstated(`its repository ${written ?? '(none)'} is no address in git that can be compared`);
  const inGit = dependencies.filter(isInGit).map(sourceOf);
  const found = inGit.find((source) => source?.repository === place.repository);
  if (inGit.length > 0 && found === undefined) {
    return contradictory(`it names the source ${place.repository}, but fetched nothing from it`);
  }
  const build = valueAt(parameters, 'build');
  const [tag, branch] = [textAt(build, 'tag'), textAt(build, 'branch')];
  const named = tag === undefined ? branch && `refs/heads/${branch}` : `refs/tags/${tag}`;
  const ref = found?.ref ?? named;
  return { kind: 'stated', sources: [{ repository: place.repository, ...found, ...(ref !== undefined && { ref }) }] };
}
