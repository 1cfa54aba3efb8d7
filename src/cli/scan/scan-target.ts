import type { Config } from '../../config/config.ts';
import {
  type ImageReference,
  isRegistryHost,
  isRepositoryName,
  parseImageReference,
} from '../../domain/image-reference.ts';
import { imageHost, registryName } from '../../domain/registry-name.ts';
import { type InputIssue, InvalidInputError } from '../../kit/errors.ts';
import { globFault } from '../../kit/glob.ts';
import { nearestWord } from '../../kit/nearest-word.ts';

/** What is to be scanned. */
export type ScanTarget =
  /** A registry of the configuration, by its id: what its `repositories` cover. */
  | { readonly kind: 'registry'; readonly registryId: string }
  /** Repositories of a host, by a glob; without wildcards it is one repository, and no list of them is needed. */
  | { readonly kind: 'repositories'; readonly host: string; readonly glob: string }
  | { readonly kind: 'image'; readonly image: ImageReference };

type Registries = readonly Pick<Config['registries'][number], 'id' | 'url'>[];

/**
 * Reads the TARGETs of a command line; one that is named twice is scanned once.
 * @throws {InvalidInputError} `USAGE_INVALID` with every target that cannot be read
 */
export function parseScanTargets(texts: readonly string[], registries: Registries): readonly ScanTarget[] {
  const targets: ScanTarget[] = [];
  const issues: InputIssue[] = [];
  for (const text of new Set(texts)) {
    const read = parseTarget(text, registries);
    if ('kind' in read) targets.push(read);
    else issues.push({ where: text, hint: FORMS, ...read });
  }
  if (issues.length === 0) return targets;
  const what = issues.length === 1 ? 'a target cannot be read' : `${issues.length} targets cannot be read`;
  throw new InvalidInputError('USAGE_INVALID', what, issues);
}

const FORMS =
  'A target is the id of a registry, a host, HOST/REPOSITORY, a glob such as "registry.example.com/acme/**", or an image.';

type Unreadable = Pick<InputIssue, 'message' | 'hint'>;

function parseTarget(text: string, registries: Registries): ScanTarget | Unreadable {
  if (registries.some(({ id }) => id === text)) return { kind: 'registry', registryId: text };
  const slash = text.indexOf('/');
  const first = slash === -1 ? text : text.slice(0, slash);
  const host = imageHost(first.toLowerCase());
  const isKnown = registries.some(({ url }) => registryName(url) === host);
  if (!isKnown && !/[.:[]/.test(first) && first !== 'localhost') return noHost(text, registries);
  if (!isRegistryHost(host)) return { message: `expected a host, got "${first}"` };
  return slash === -1 ? { kind: 'repositories', host, glob: '**' } : parsePlace(text, host, text.slice(slash + 1));
}

function parsePlace(text: string, host: string, rest: string): ScanTarget | Unreadable {
  if (isRepositoryName(rest)) return { kind: 'repositories', host, glob: rest };
  const image = /[:@]/.test(rest) ? parseImageReference(text) : undefined;
  if (image !== undefined) return { kind: 'image', image };
  const fault = globFault(rest);
  if (fault !== undefined) return { message: fault };
  if (/[*?]/.test(rest) && /^[a-z0-9._/*?-]+$/.test(rest)) return { kind: 'repositories', host, glob: rest };
  return { message: `"${rest}" is neither a repository, nor a glob over repositories, nor REPOSITORY:TAG` };
}

function noHost(text: string, registries: Registries): Unreadable {
  const ids = registries.map(({ id }) => id);
  const nearest = nearestWord(text, ids);
  if (nearest !== undefined) return { message: 'no registry has this id', hint: `Did you mean "${nearest}"?` };
  const known = ids.length === 0 ? 'no configuration is read' : `there are ${ids.join(', ')}`;
  return { message: `names no host, and no registry has this id (${known})` };
}
