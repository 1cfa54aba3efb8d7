import { DOCKER_HUB_HOSTS } from '../domain/registry-name.ts';
import type { InputIssue } from '../kit/errors.ts';
import { literalFolder } from '../kit/glob.ts';
import type { Config } from './config.ts';
import type { RegistryConfig } from './registry-schema.ts';

/** Registries that refuse everybody their catalogue. */
const NO_CATALOG: readonly string[] = [...DOCKER_HUB_HOSTS, 'ghcr.io', 'registry.gitlab.com'];

/** Repositories that a sweep is to go through and that no registry will name. */
export function findUnlisted(
  { registries, sources }: Pick<Config, 'registries' | 'sources'>,
  at: (index: number) => string,
): readonly InputIssue[] {
  const swept = new Set(sources.flatMap((source) => (source.kind === 'poll' ? source.registryIds : [])));
  return registries.flatMap((registry, index) => {
    const unlisted = swept.has(registry.id) ? unlistedGlobs(registry) : [];
    if (unlisted.length === 0) return [];
    const message = `a sweep of "${registry.id}" finds nothing for ${unlisted.join(', ')}: ${registry.url.host} does not tell which repositories it has`;
    return [{ where: at(index), message, hint: registry.api === undefined ? WRITE_NAMES : WRITE_FOLDER }];
  });
}

const WRITE_NAMES = 'Write the full names of the repositories, without * and ?; for GitLab `kind: gitlab` finds them.';
const WRITE_FOLDER = 'It tells those of one group or organization: write which, such as acme/**.';

function unlistedGlobs({ url, api, ecr, repositories }: RegistryConfig): readonly string[] {
  const globs = repositories.filter((each) => /[*?]/.test(each));
  if (api !== undefined) return api.kind === 'harbor' ? [] : globs.filter((glob) => literalFolder(glob) === undefined);
  return ecr === undefined && NO_CATALOG.includes(url.host) ? globs : [];
}
