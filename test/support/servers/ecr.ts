import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { digestOf } from '../../../src/domain/digest.ts';
import { MOTO_ACCOUNT, type Moto, startMoto } from './moto.ts';
import { type Olareg, startOlareg } from './olareg.ts';

/** One answer of ECR's API, instead of moto's. */
export interface EcrAnswer {
  readonly status: number;
  readonly body: string | object;
  readonly headers?: Readonly<Record<string, string>>;
}

type Decided = EcrAnswer | undefined;

/** A stand-in for one registry of ECR, with its API and its distribution API behind one address. */
export interface Ecr {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  readonly host: string;
  readonly port: number;
  readonly region: string;
  readonly registryId: string;
  /** What came, in order: `PutImage`, `GET /v2/acme/app/manifests/v1`. */
  readonly asked: readonly string[];
  /** Everything that came in headers and bodies of the API, for what must not be there. */
  seen(): string;
  /** Passwords it gave out; the last is the one that opens. */
  readonly passwords: readonly string[];
  /** From now on no password given out so far opens: 403, as ECR says it. */
  expire(): void;
  /** Decides about calls of the API; `undefined`: moto answers. */
  answer(decide: (action: string, input: Readonly<Record<string, unknown>>) => Decided | Promise<Decided>): void;
  /** Asks moto, past everything above. */
  api(action: string, input: object): Promise<Readonly<Record<string, unknown>>>;
  /** The registry behind it, for pushing without a password. What is put there, moto does not know. */
  readonly content: string;
  /** Pushes by the distribution API as `docker push` would: content and moto know it. */
  push(repository: string, tag: string | null, manifest: Buffer, mediaType: string): Promise<void>;
  stop(): Promise<void>;
}

export interface EcrStartOptions {
  readonly region?: string;
  /** What GetAuthorizationToken says of the end; default: moto's, 1 January 2015. */
  readonly expiresAt?: () => Date | undefined;
}

/**
 * Starts one: requests and errors of the API are moto's, manifests and blobs olareg's, with the distribution API behind
 * passwords as ECR gives them. What PutImage and BatchDeleteImage do, they do to the content too.
 */
export async function startEcr(options: EcrStartOptions = {}): Promise<Ecr> {
  const region = options.region ?? 'eu-central-1';
  const moto = await startMoto();
  const content = await startOlareg({ backend: 'native' });
  const state = new EcrState(moto, content, region, options);
  const server = createServer((incoming, response) => {
    handle(state, incoming, response).catch((error: unknown) => response.writeHead(500).end(String(error)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    host: `127.0.0.1:${port}`,
    port,
    region,
    registryId: MOTO_ACCOUNT,
    asked: state.asked,
    seen: () => state.seen.join('\n'),
    passwords: state.passwords,
    expire: () => void state.expired.push(...state.passwords),
    answer(decide) {
      state.decide = decide;
    },
    api: (action, input) => state.ask(action, JSON.stringify(input)).then(({ body }) => JSON.parse(body)),
    content: content.url,
    push: (repository, tag, manifest, mediaType) => state.push(repository, tag, manifest, mediaType),
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await Promise.all([moto.stop(), content.stop()]);
    },
  };
}

const TARGET = 'AmazonEC2ContainerRegistry_V20150921';

class EcrState {
  readonly asked: string[] = [];
  readonly seen: string[] = [];
  readonly passwords: string[] = [];
  readonly expired: string[] = [];
  readonly moto: Moto;
  readonly content: Olareg;
  readonly region: string;
  readonly options: EcrStartOptions;
  decide: Parameters<Ecr['answer']>[0] = () => undefined;

  constructor(moto: Moto, content: Olareg, region: string, options: EcrStartOptions) {
    this.moto = moto;
    this.content = content;
    this.region = region;
    this.options = options;
  }

  async ask(action: string, body: string): Promise<{ readonly status: number; readonly body: string }> {
    const scope = `nobody/20261129/${this.region}/ecr/aws4_request`;
    const headers = {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': `${TARGET}.${action}`,
      authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=none`,
    };
    const answer = await fetch(this.moto.url, { method: 'POST', headers, body });
    return { status: answer.status, body: await answer.text() };
  }

  async push(repository: string, tag: string | null, manifest: Buffer, mediaType: string): Promise<void> {
    await this.ask('CreateRepository', JSON.stringify({ repositoryName: repository }));
    const image = { repositoryName: repository, imageManifest: manifest.toString(), imageManifestMediaType: mediaType };
    const name = { imageDigest: digestOf(manifest), ...(tag !== null && { imageTag: tag }) };
    const named = await this.ask('PutImage', JSON.stringify({ ...image, ...name }));
    if (named.status !== 200 && !named.body.includes('ImageAlreadyExists')) throw new Error(named.body);
    await this.put(repository, tag ?? name.imageDigest, manifest, mediaType);
  }

  async put(repository: string, reference: string, manifest: Buffer, mediaType: string): Promise<void> {
    const at = `${this.content.url}/v2/${repository}/manifests/${reference}`;
    const answer = await fetch(at, {
      method: 'PUT',
      headers: { 'content-type': mediaType },
      body: new Uint8Array(manifest),
    });
    if (!answer.ok) throw new Error(`PUT ${at} answered ${answer.status}: ${await answer.text()}`);
  }
}

async function handle(state: EcrState, incoming: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  if (incoming.url?.startsWith('/v2/')) return distribute(state, incoming, response, body);
  const target = String(incoming.headers['x-amz-target'] ?? '');
  state.seen.push(JSON.stringify(incoming.headers), body.toString());
  if (!target.startsWith(TARGET)) {
    state.asked.push('another service');
    return passOn(state.moto.url, incoming, response, body, {});
  }
  const action = target.slice(TARGET.length + 1);
  state.asked.push(action);
  const input = JSON.parse(body.toString());
  const decided = await state.decide(action, input);
  const answer = decided ?? (await carryOut(state, action, body.toString(), input));
  const text = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body);
  const headers = { 'content-type': 'application/x-amz-json-1.1', ...('headers' in answer ? answer.headers : {}) };
  response.writeHead(answer.status, headers).end(text);
}

/** What moto says, and the same done to the content. */
async function carryOut(
  state: EcrState,
  action: string,
  body: string,
  input: { readonly [name: string]: string },
): Promise<EcrAnswer> {
  // Moto does not know this call. AWS says so of a layer that is not there.
  if (action === 'GetDownloadUrlForLayer') return { status: 400, body: { __type: 'LayersNotFoundException' } };
  const answer = await state.ask(action, body);
  if (answer.status !== 200) return answer;
  const said = JSON.parse(answer.body);
  const { repositoryName = '', imageTag, imageManifest = '', imageManifestMediaType = '' } = input;
  if (action === 'GetAuthorizationToken') return { status: 200, body: tokenOf(state, said) };
  if (action === 'PutImage') {
    const reference = imageTag ?? said.image.imageId.imageDigest;
    await state.put(repositoryName, reference, Buffer.from(imageManifest), imageManifestMediaType);
  }
  if (action === 'BatchDeleteImage') {
    for (const { imageTag: tag } of said.imageIds) {
      await fetch(`${state.content.url}/v2/${repositoryName}/manifests/${tag}`, { method: 'DELETE' });
    }
  }
  return answer;
}

/** Moto gives everybody the same for ever: each call has a password of its own here. */
function tokenOf(state: EcrState, said: { readonly authorizationData: readonly object[] }): object {
  const password = `canary-token-${state.passwords.length + 1}`;
  state.passwords.push(password);
  const expiresAt = state.options.expiresAt?.()?.getTime();
  const data = {
    ...said.authorizationData[0],
    authorizationToken: Buffer.from(`AWS:${password}`).toString('base64'),
    ...(expiresAt !== undefined && { expiresAt: expiresAt / 1000 }),
  };
  return { ...said, authorizationData: [data] };
}

/** The distribution API: as ECR, Basic, with 401 for nobody and 403 for a password that has ended. */
async function distribute(
  state: EcrState,
  incoming: IncomingMessage,
  response: ServerResponse,
  body: Buffer,
): Promise<void> {
  state.asked.push(`${incoming.method} ${incoming.url}`);
  const shown = /^Basic (.+)$/.exec(incoming.headers.authorization ?? '')?.[1];
  const [user, password] = Buffer.from(shown ?? '', 'base64')
    .toString()
    .split(':');
  const api = { 'docker-distribution-api-version': 'registry/2.0' };
  if (user !== 'AWS' || password === undefined) {
    const challenge = `Basic realm="https://${incoming.headers.host}/",service="ecr.amazonaws.com"`;
    return void response.writeHead(401, { ...api, 'www-authenticate': challenge }).end('Not Authorized\n');
  }
  if (!state.passwords.includes(password) || state.expired.includes(password)) {
    const message = 'Your authorization token has expired. Reauthenticate and try again.';
    return void response.writeHead(403, api).end(JSON.stringify({ errors: [{ code: 'DENIED', message }] }));
  }
  await passOn(state.content.url, incoming, response, body, api);
}

async function passOn(
  to: string,
  incoming: IncomingMessage,
  response: ServerResponse,
  body: Buffer,
  more: Readonly<Record<string, string>>,
): Promise<void> {
  const skipped = new Set(['host', 'connection', 'content-length', 'transfer-encoding', 'expect']);
  const kept = Object.entries(incoming.headers).filter(([name]) => !skipped.has(name));
  const headers = Object.fromEntries(kept.map(([name, value]) => [name, String(value)]));
  if (incoming.url?.startsWith('/v2/')) delete headers['authorization'];
  const { method = 'GET', url = '/' } = incoming;
  const answer = await fetch(`${to}${url}`, {
    method,
    headers,
    redirect: 'manual',
    ...(method !== 'GET' && method !== 'HEAD' && { body: new Uint8Array(body) }),
  });
  const left = [...answer.headers].filter(
    ([name]) => !['transfer-encoding', 'connection', 'content-encoding'].includes(name),
  );
  response.writeHead(answer.status, { ...Object.fromEntries(left), ...more });
  response.end(Buffer.from(await answer.arrayBuffer()));
}
