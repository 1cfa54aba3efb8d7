import { type Digest, digestHex, parseDigest } from '../../../src/domain/digest.ts';
import { evidenceKindOf } from '../../../src/evidence/evidence-types.ts';
import { listTags, pullDigest } from '../oci-push.ts';
import type { Recording } from './recording.ts';

interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
}

interface ManifestJson {
  readonly mediaType?: string;
  readonly manifests?: readonly Descriptor[];
  readonly layers?: readonly Descriptor[];
}

type Content = Pick<Recording, 'tags' | 'manifests' | 'blobs'>;

/**
 * Reads what is in a repository: what tags point to, what refers to it, what it lists; of blobs only evidence.
 * @param images only of these and what is under tags that name them; everything by default.
 */
export async function captureRepository(url: string, repository: string, images?: readonly Digest[]): Promise<Content> {
  const base = `${url}/v2/${repository}`;
  const manifests = new Map<Digest, Content['manifests'][number]>();
  const blobs = new Map<Digest, string>();
  const tags: Record<string, Digest> = {};

  async function visit(reference: string): Promise<Digest> {
    const response = await fetchOk(`${base}/manifests/${reference}`);
    const text = await response.text();
    const digest = parseDigest(response.headers.get('docker-content-digest') ?? '');
    if (digest === undefined) throw new Error(`${reference} came without a digest`);
    if (manifests.has(digest)) return digest;
    const json = JSON.parse(text) as ManifestJson;
    manifests.set(digest, { mediaType: response.headers.get('content-type') ?? '', text });
    for (const child of json.manifests ?? []) await visit(child.digest);
    for (const layer of json.layers ?? []) {
      if (evidenceKindOf(layer.mediaType) === undefined) continue;
      blobs.set(layer.digest, await (await fetchOk(`${base}/blobs/${layer.digest}`)).text());
    }
    for (const referrer of await listReferrers(base, digest)) await visit(referrer.digest);
    return digest;
  }

  for (const tag of await listTags(url, repository)) {
    const digest = await pullDigest(url, repository, tag);
    const isWanted = images?.some((image) => image === digest || tag.includes(digestHex(image))) ?? true;
    if (isWanted) tags[tag] = await visit(tag);
  }
  return { tags, manifests: [...manifests.values()], blobs: [...blobs.values()] };
}

async function listReferrers(base: string, digest: Digest): Promise<readonly Descriptor[]> {
  const response = await fetch(`${base}/referrers/${digest}`);
  if (response.status === 404) return [];
  return ((await response.json()) as ManifestJson).manifests ?? [];
}

async function fetchOk(url: string): Promise<Response> {
  const accept = [
    'application/vnd.oci.image.manifest.v1+json',
    'application/vnd.oci.image.index.v1+json',
    'application/vnd.docker.distribution.manifest.v2+json',
    'application/vnd.docker.distribution.manifest.list.v2+json',
  ].join(', ');
  const response = await fetch(url, { headers: { accept } });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return response;
}
