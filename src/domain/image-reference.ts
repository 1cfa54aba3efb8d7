import { type Digest, parseDigest } from './digest.ts';
import { DOCKER_HUB, imageHost } from './registry-name.ts';

/** An image as a person writes it: `host[:port]/repository[:tag][@digest]`. */
export interface ImageReference {
  readonly host: string;
  readonly repository: string;
  readonly tag?: string;
  readonly digest?: Digest;
}

// https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pulling-manifests
const REPOSITORY = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const TAG = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/;
const HOST = /^(?:\[[0-9a-fA-F:]+\]|[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?)(?::[0-9]{1,5})?$/;
// The name and its host together fit 255 characters in every registry we know of.
const MAX_REPOSITORY_LENGTH = 255;

/** Whether this is a repository name by the distribution specification's grammar. */
export function isRepositoryName(text: string): boolean {
  return text.length <= MAX_REPOSITORY_LENGTH && REPOSITORY.test(text);
}

/** Whether this is a tag by the distribution specification's grammar. */
export function isTagName(text: string): boolean {
  return TAG.test(text);
}

/**
 * A glob over `host/repository` with the host called as images call it, whichever of its names is written:
 * `index.docker.io/acme/*` is `docker.io/acme/*`, `docker.io/alpine` is `docker.io/library/alpine`, and
 * `Registry.example.com:443/**` is `registry.example.com/**`. A host that is not ASCII is written as DNS has it, as in URLs.
 */
export function imageGlob(glob: string): string {
  const slash = glob.indexOf('/');
  if (slash === -1) return glob;
  const written = glob.slice(0, slash);
  const isAscii = !/[^\0-\x7f]/.test(written);
  const host = imageHost(isAscii ? written : (URL.parse(`https://${written}`)?.host ?? written));
  const rest = glob.slice(slash + 1);
  if (host !== DOCKER_HUB) return `${host}/${rest}`;
  const isOfficial = !rest.includes('/') && !rest.includes('**');
  return `${DOCKER_HUB}/${isOfficial ? 'library/' : ''}${rest}`;
}

/** Whether this is a bare host with an optional port: no scheme, no user, no path. */
export function isRegistryHost(text: string): boolean {
  return text.length <= MAX_REPOSITORY_LENGTH && HOST.test(text);
}

/**
 * Reads an image reference, with Docker's short forms (`alpine` is `docker.io/library/alpine`).
 * Returns `undefined` if it is not one.
 */
export function parseImageReference(text: string): ImageReference | undefined {
  const at = text.indexOf('@');
  const digest = at === -1 ? undefined : parseDigest(text.slice(at + 1));
  if (at !== -1 && digest === undefined) return undefined;
  const named = at === -1 ? text : text.slice(0, at);
  const slash = named.indexOf('/');
  const first = slash === -1 ? '' : named.slice(0, slash);
  const hasHost = /[.:[]/.test(first) || first === 'localhost';
  const host = hasHost ? imageHost(first) : DOCKER_HUB;
  const rest = hasHost ? named.slice(slash + 1) : named;
  const colon = rest.indexOf(':');
  const name = colon === -1 ? rest : rest.slice(0, colon);
  const tag = colon === -1 ? undefined : rest.slice(colon + 1);
  const repository = host === DOCKER_HUB && !name.includes('/') ? `library/${name}` : name;
  if (!isRegistryHost(host) || !isRepositoryName(repository)) return undefined;
  if (tag !== undefined && !isTagName(tag)) return undefined;
  return { host, repository, ...(tag !== undefined && { tag }), ...(digest !== undefined && { digest }) };
}

/** Writes the reference in full, as `docker pull` takes it. */
export function formatImageReference(image: ImageReference): string {
  const tag = image.tag === undefined ? '' : `:${image.tag}`;
  const digest = image.digest === undefined ? '' : `@${image.digest}`;
  return `${image.host}/${image.repository}${tag}${digest}`;
}
