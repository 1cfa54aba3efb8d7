import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { canonicalJson } from './canonical-json.ts';

const DAY_MS = 86_400_000;
type Role = 'root' | 'timestamp' | 'snapshot' | 'targets';
const ROLES: readonly Role[] = ['root', 'timestamp', 'snapshot', 'targets'];

/** One state of a TUF repository: the files it serves, by path. */
export type TufFiles = ReadonlyMap<string, string>;

/** A TUF repository signed on the spot with real keys. */
export interface TufRepository {
  /** Text of the first `root.json`: what clients pin. */
  readonly pinnedRoot: string;
  /** Signs a new state that has this target; every version grows by one. */
  publish(target: string, options?: { readonly expires?: Date; readonly rotateRoot?: boolean }): TufFiles;
}

/** Makes a repository with one Ed25519 key for each role. https://theupdateframework.github.io/specification/latest/ */
export function createTufRepository(targetName = 'trusted_root.json'): TufRepository {
  const keys = new Map(ROLES.map((role) => [role, createKey()]));
  const keyOf = (role: Role): Key => keys.get(role) ?? createKey();
  const files = new Map<string, string>();
  let version = 0;
  let rootVersion = 0;

  function signed(role: Role, content: object, expires: Date, number: number): string {
    const body = { _type: role, spec_version: '1.0.31', version: number, expires: wholeSeconds(expires), ...content };
    const { id, secret } = keyOf(role);
    const sig = sign(null, Buffer.from(canonicalJson(body)), secret).toString('hex');
    return JSON.stringify({ signed: body, signatures: [{ keyid: id, sig }] });
  }

  function publishRoot(): string {
    rootVersion += 1;
    const text = signed(
      'root',
      {
        consistent_snapshot: true,
        keys: Object.fromEntries([...keys.values()].map(({ id, json }) => [id, json])),
        roles: Object.fromEntries(ROLES.map((role) => [role, { keyids: [keyOf(role).id], threshold: 1 }])),
      },
      new Date(Date.now() + 365 * DAY_MS),
      rootVersion,
    );
    files.set(`/${rootVersion}.root.json`, text);
    return text;
  }

  const pinnedRoot = publishRoot();
  return {
    pinnedRoot,
    publish(target, { expires = new Date(Date.now() + 7 * DAY_MS), rotateRoot = false } = {}) {
      version += 1;
      if (rotateRoot) publishRoot();
      const later = new Date(Date.now() + 180 * DAY_MS);
      const targetHash = sha256(target);
      const fileInfo = { length: Buffer.byteLength(target), hashes: { sha256: targetHash } };
      const targets = signed('targets', { targets: { [targetName]: fileInfo } }, later, version);
      const snapshot = signed('snapshot', { meta: { 'targets.json': { version } } }, later, version);
      const timestamp = signed('timestamp', { meta: { 'snapshot.json': { version } } }, expires, version);
      files.set(`/${version}.targets.json`, targets).set(`/${version}.snapshot.json`, snapshot);
      files.set('/timestamp.json', timestamp).set(`/targets/${targetHash}.${targetName}`, target);
      return new Map(files);
    },
  };
}

/** What a mirror does instead of answering. */
export type MirrorTrouble = 'reset' | 'hang' | 'wrong-bytes' | 403 | 503;

/** A server that serves one state of a repository. */
export interface TufMirror {
  readonly url: URL;
  /** Paths asked for so far. */
  readonly requests: readonly string[];
  serve(files: TufFiles): void;
  /** From now on, until `undefined`. */
  trouble(kind: MirrorTrouble | undefined): void;
  /** The time the server believes it is; default: now. */
  setDate(date: Date | undefined): void;
  stop(): Promise<void>;
}

export async function startTufMirror(first: TufFiles): Promise<TufMirror> {
  let files = first;
  let kind: MirrorTrouble | undefined;
  let date: Date | undefined;
  const requests: string[] = [];
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const path = request.url ?? '/';
    requests.push(`${request.method} ${path}`);
    if (date !== undefined) response.setHeader('date', date.toUTCString());
    if (kind === 'hang') return;
    if (kind === 'reset') return void request.socket.resetAndDestroy();
    if (kind === 'wrong-bytes') return void response.end('{"signed": {"version": 1}, "sig');
    if (kind !== undefined) return void response.writeHead(kind).end();
    const file = files.get(path);
    if (file === undefined) return void response.writeHead(404).end();
    response.end(request.method === 'HEAD' ? undefined : file);
  };
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
    requests,
    serve: (next) => {
      files = next;
    },
    trouble: (next) => {
      kind = next;
    },
    setDate: (next) => {
      date = next;
    },
    stop: () => close(server),
  };
}

async function close(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise<void>((resolve) => server.close(() => resolve()));
}

interface Key {
  readonly id: string;
  readonly json: object;
  readonly secret: KeyObject;
}

function createKey(): Key {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  // The last 32 bytes of the SPKI of an Ed25519 key are the key itself (RFC 8410 §4).
  const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32).toString('hex');
  const json = { keytype: 'ed25519', scheme: 'ed25519', keyval: { public: raw } };
  return { id: sha256(canonicalJson(json)), json, secret: privateKey };
}

function wholeSeconds(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
