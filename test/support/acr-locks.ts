import { onTestFinished } from 'vitest';
import type { Digest } from '../../src/domain/digest.ts';
import { type Answer, type HostileRegistry, type SeenRequest, startHostileRegistry } from './hostile-registry.ts';

/** What Azure lets people change of a manifest. */
export interface Attributes {
  deleteEnabled: boolean;
  writeEnabled: boolean;
  listEnabled: boolean;
  readEnabled: boolean;
}

/** The manifests of an Azure Container Registry. */
export interface AcrLocks {
  readonly server: HostileRegistry;
  put(repository: string, digest: Digest, bytes?: Uint8Array): void;
  attributesOf(digest: Digest): Attributes;
  /** What the next request with this method to a manifest's attributes is answered, done or not. */
  answerOnce(method: string, status: number, how: { readonly isDone: boolean }): void;
}

const USER = `Basic ${Buffer.from('lazaret:hush').toString('base64')}`;

/**
 * Starts a server that answers as ACR's API of 2021-07-01 does by its description and the recorded answers of Azure's own
 * SDKs: attributes of manifests behind tokens whose scope names `metadata_read` and `metadata_write`, and 405 for what is
 * locked against reading.
 */
export async function startAcrLocks(): Promise<AcrLocks> {
  const manifests = new Map<string, { readonly attributes: Attributes; readonly bytes: Uint8Array }>();
  let once: { readonly method: string; readonly status: number; readonly isDone: boolean } | undefined;
  const answer = (request: SeenRequest, host: string): Answer => {
    const url = new URL(request.path, 'http://acr.test');
    if (url.pathname === '/oauth2/token') {
      if (request.headers.authorization !== USER) return refusal(401, 'UNAUTHORIZED');
      return json({ access_token: Buffer.from(url.searchParams.get('scope') ?? '').toString('base64url') });
    }
    const [, repository = '', digest = ''] =
      /^\/acr\/v1\/(.+)\/_manifests\/([^/]+)$/.exec(url.pathname) ??
      /^\/v2\/(.+)\/manifests\/([^/]+)$/.exec(url.pathname) ??
      [];
    const isApi = url.pathname.startsWith('/acr/');
    const needed = !isApi ? 'pull' : request.method === 'PATCH' ? 'metadata_write' : 'metadata_read';
    const token = Buffer.from(request.headers.authorization?.replace('Bearer ', '') ?? '', 'base64url').toString();
    const [, of, actions = ''] = /^repository:([^:]+):(.+)$/.exec(token) ?? [];
    if (of !== repository || !actions.split(',').includes(needed)) {
      const challenge = `Bearer realm="http://${host}/oauth2/token",service="${host}",scope="repository:${repository}:${needed}"`;
      return { ...refusal(401, 'UNAUTHORIZED'), headers: { 'www-authenticate': challenge } };
    }
    const stored = manifests.get(`${repository}@${digest}`);
    if (stored === undefined) return refusal(404, 'MANIFEST_UNKNOWN');
    if (!isApi) {
      if (!stored.attributes.readEnabled) return refusal(405, 'UNSUPPORTED');
      return { headers: { 'content-type': 'application/vnd.oci.image.manifest.v1+json' }, body: stored.bytes };
    }
    if (request.method === 'PATCH') Object.assign(stored.attributes, JSON.parse(request.body));
    return json({
      registry: host,
      imageName: repository,
      manifest: { digest, changeableAttributes: stored.attributes },
    });
  };
  const server: HostileRegistry = await startHostileRegistry((request) => {
    const struck = once?.method === request.method && request.path.startsWith('/acr/') ? once : undefined;
    if (struck === undefined || request.headers.authorization === undefined) return answer(request, server.host);
    once = undefined;
    if (struck.isDone) answer(request, server.host);
    return refusal(struck.status, 'STRUCK');
  });
  onTestFinished(() => server.stop());
  return {
    server,
    put: (repository, digest, bytes = Buffer.from('{}')) => {
      const attributes = { deleteEnabled: true, writeEnabled: true, listEnabled: true, readEnabled: true };
      manifests.set(`${repository}@${digest}`, { attributes, bytes });
    },
    attributesOf: (digest) => {
      const found = [...manifests].find(([key]) => key.endsWith(`@${digest}`));
      if (found === undefined) throw new TypeError('expected a stored image');
      return found[1].attributes;
    },
    answerOnce: (method, status, { isDone }) => {
      once = { method, status, isDone };
    },
  };
}

function json(body: unknown): Answer {
  return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

function refusal(status: number, code: string): Answer {
  return { ...json({ errors: [{ code, message: code.toLowerCase() }] }), status };
}
