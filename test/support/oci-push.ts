import { type Digest, digestOf } from '../../src/domain/digest.ts';
import { OCI_MANIFEST } from '../../src/domain/manifest.ts';

/** Where to push: the registry's URL, with credentials where it asks for them (Basic, or a token got with them). */
export type PushTarget = string | { readonly url: string; readonly username: string; readonly password: string };

/** A descriptor as it stands in manifests. */
export interface PushedBlob {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
}

/** A manifest as it was pushed: usable as a descriptor, too. */
export interface Pushed extends PushedBlob {
  readonly manifest: Buffer;
}

/** Uploads a blob in one piece, unless it is there (distribution-spec 1.1 "Pushing blobs"). */
export async function pushBlob(
  registry: PushTarget,
  repository: string,
  bytes: Uint8Array,
  mediaType: string,
): Promise<PushedBlob> {
  const descriptor = { mediaType, digest: digestOf(bytes), size: bytes.length };
  const send = sender(registry, repository);
  if ((await send('HEAD', `blobs/${descriptor.digest}`)).ok) return descriptor;
  const opened = await expectStatus(send('POST', 'blobs/uploads/'), 202);
  const target = new URL(opened.headers.get('location') ?? '', urlOf(registry));
  target.searchParams.set('digest', descriptor.digest);
  await expectStatus(send('PUT', target, bytes, 'application/octet-stream'), 201);
  return descriptor;
}

/** Puts a manifest under a tag, or under its digest when the tag is `null`. Bytes are kept; an object is written out. */
export async function pushManifest(
  registry: PushTarget,
  repository: string,
  tag: string | null,
  content: Uint8Array | object,
  mediaType = OCI_MANIFEST,
): Promise<Pushed> {
  const manifest = Buffer.from(content instanceof Uint8Array ? content : JSON.stringify(content));
  const digest = digestOf(manifest);
  const send = sender(registry, repository);
  await expectStatus(send('PUT', `manifests/${tag ?? digest}`, manifest, mediaType), 201);
  return { mediaType, digest, size: manifest.length, manifest };
}

/** Fetches the bytes of a manifest; `null` if there is none. */
export async function pullManifest(
  registry: PushTarget,
  repository: string,
  reference: string,
): Promise<Buffer | null> {
  const response = await sender(registry, repository)('GET', `manifests/${reference}`);
  if (response.status === 404) return null;
  if (!response.ok) throw new Error(`GET ${repository}:${reference} answered ${response.status}`);
  return Buffer.from(await response.arrayBuffer());
}

/** The digest a tag points to now; `null` if there is no such tag. */
export async function pullDigest(registry: PushTarget, repository: string, reference: string): Promise<Digest | null> {
  const manifest = await pullManifest(registry, repository, reference);
  return manifest === null ? null : digestOf(manifest);
}

/** The tags of a repository, sorted; none for an unknown one. */
export async function listTags(registry: PushTarget, repository: string): Promise<string[]> {
  const response = await sender(registry, repository)('GET', 'tags/list');
  if (response.status === 404) return [];
  if (!response.ok) throw new Error(`the tags of ${repository} answered ${response.status}`);
  return (((await response.json()) as { tags: string[] | null }).tags ?? []).toSorted();
}

const ACCEPT = [
  OCI_MANIFEST,
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
].join(', ');

type Send = (method: string, path: string | URL, body?: Uint8Array, mediaType?: string) => Promise<Response>;

function urlOf(registry: PushTarget): string {
  return typeof registry === 'string' ? registry : registry.url;
}

/** Sends with Basic credentials where given, and once more with a token where the registry asks for one. */
function sender(registry: PushTarget, repository: string): Send {
  const base = new URL(`/v2/${repository}/`, urlOf(registry));
  const basic =
    typeof registry === 'string'
      ? undefined
      : `Basic ${Buffer.from(`${registry.username}:${registry.password}`).toString('base64')}`;
  return async (method, path, body, mediaType) => {
    const once = (authorization: string | undefined) =>
      fetch(new URL(path, base), {
        method,
        headers: {
          accept: ACCEPT,
          ...(mediaType !== undefined && { 'content-type': mediaType }),
          ...(authorization !== undefined && { authorization }),
        },
        ...(body !== undefined && { body: new Uint8Array(body) }),
      });
    const first = await once(basic);
    const challenge = first.headers.get('www-authenticate') ?? '';
    if (first.status !== 401 || !/^bearer /i.test(challenge)) return first;
    return once(`Bearer ${await readToken(challenge, base, repository, basic)}`);
  };
}

async function readToken(
  challenge: string,
  base: URL,
  repository: string,
  authorization: string | undefined,
): Promise<string> {
  const url = new URL(/realm="([^"]*)"/.exec(challenge)?.[1] ?? '', base);
  url.searchParams.set('service', /service="([^"]*)"/.exec(challenge)?.[1] ?? '');
  url.searchParams.set('scope', `repository:${repository}:pull,push`);
  const response = await fetch(url, { headers: authorization === undefined ? {} : { authorization } });
  return ((await response.json()) as { token: string }).token;
}

async function expectStatus(sent: Promise<Response>, status: number): Promise<Response> {
  const response = await sent;
  if (response.status === status) return response;
  throw new Error(`${response.url} answered ${response.status}, not ${status}: ${await response.text()}`);
}
