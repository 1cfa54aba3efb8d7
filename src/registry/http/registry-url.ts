import { isRepositoryName, isTagName } from '../../domain/image-reference.ts';
import { InvalidInputError } from '../../kit/errors.ts';

/**
 * The URL of something in a repository, by the distribution API. Names are checked against their grammar, so none can
 * reach another path.
 * @throws {InvalidInputError} `REFERENCE_INVALID`
 */
export function repositoryUrl(base: URL, repository: string, path: string): URL {
  if (!isRepositoryName(repository)) {
    throw new InvalidInputError('REFERENCE_INVALID', 'expected the name of a repository such as acme/app, got another');
  }
  return new URL(`/v2/${repository}/${path}`, base);
}

/** @throws {InvalidInputError} `REFERENCE_INVALID` */
export function tagUrl(base: URL, repository: string, tag: string): URL {
  if (!isTagName(tag)) {
    throw new InvalidInputError(
      'REFERENCE_INVALID',
      'expected a tag of letters, digits, "_", "." and "-", got another',
    );
  }
  return repositoryUrl(base, repository, `manifests/${tag}`);
}
