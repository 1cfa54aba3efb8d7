import { parseDigest } from '../../domain/digest.ts';
import type { Dialect, RegistryEvent } from '../../domain/registry-event.ts';
import type { JsonObject } from '../../kit/json.ts';
import { valueAt } from '../../kit/json-path.ts';
import { announceEvent } from './announce-event.ts';
import { hostPart, objectMember, parsePayload, requireObject, requireText, textMember } from './event-fields.ts';

// A promotion puts an image into another repository; whether a push is announced there too is not documented.
const KINDS: Readonly<Record<string, RegistryEvent['kind']>> = {
  pushed: 'push',
  promoted: 'push',
  deleted: 'delete',
};

// Files that are an image; the sha256 of another file is not that of a manifest.
const MANIFESTS: readonly (string | null)[] = ['manifest.json', 'list.manifest.json'];

/**
 * Reads the webhooks of JFrog Artifactory, domain `docker`. A repository is that of Artifactory with the image's name
 * after it, as in addresses of the kind "repository path"; that of a remote repository is its cache.
 * https://jfrog.com/help/r/jfrog-platform-administration-documentation/domain-docker
 * @throws {InvalidInputError} `EVENT_MALFORMED`
 */
export const parseArtifactory: Dialect = (delivery) => {
  const body = requireObject(parsePayload(delivery.body), 'body');
  const domain = requireText(body, 'domain', 'body');
  const type = requireText(body, 'event_type', 'body');
  const kind = domain === 'docker' && Object.hasOwn(KINDS, type) ? KINDS[type] : undefined;
  const data = kind === undefined ? objectMember(body, 'data') : requireObject(valueAt(body, 'data'), 'data');
  if (kind !== undefined) for (const name of ['repo_key', 'image_name']) requireText(data, name, 'data');
  const origin = textMember(body, 'jpd_origin');
  return [
    announceEvent({
      kind: kind ?? 'ignored',
      ...(kind === undefined && { reason: `it is "${type.slice(0, 32)}" of "${domain.slice(0, 32)}", not a push` }),
      host: origin === null ? null : hostPart(`${origin}/`),
      repository: repositoryOf(data),
      ...pointerOf(data),
      actor: textMember(body, 'source'),
    }),
  ];
};

function repositoryOf(data: JsonObject): string | null {
  const key = textMember(data, 'repo_key');
  const image = textMember(data, 'image_name');
  return key === null || image === null ? null : `${key}/${image}`;
}

function pointerOf(data: JsonObject): { readonly tag: string | null; readonly digest: string | null } {
  // What is pushed by digest lies in a folder of that name, in which a colon may be written `__`.
  const folder = textMember(data, 'tag')?.replace(/^sha256__/, 'sha256:') ?? null;
  if (parseDigest(folder) !== undefined) return { tag: null, digest: folder };
  const sum = MANIFESTS.includes(textMember(data, 'name')) ? textMember(data, 'sha256') : null;
  return { tag: folder, digest: sum === null ? null : `sha256:${sum}` };
}
