import { readFile } from 'node:fs/promises';
import { imageHost } from '../../domain/registry-name.ts';
import { FaultError } from '../../kit/errors.ts';
import { isJsonObject, type JsonObject } from '../../kit/json.ts';
import { parseJson } from '../../kit/parse-json.ts';
import type { Credential } from './credential.ts';
import { askCredentialHelper } from './credential-helper.ts';

/** What Docker's `config.json` held when it was read. */
export interface DockerConfig {
  /**
   * The credentials for a repository of a registry, or for the registry itself. The most specific entry that has some
   * wins: `host/team/app`, then `host/team`, then `host`; an entry with a path is never for another path.
   * @throws {FaultError} `REGISTRY_UNAUTHORIZED` for an entry or helper that cannot be read.
   */
  find(host: string, repository?: string): Promise<Credential>;
}

/** What `docker login` calls Docker Hub, and asks helpers for. */
const DOCKER_HUB_KEY = 'https://index.docker.io/v1/';

/**
 * Reads Docker's `config.json` as Docker, podman and Kubernetes write it: for each name, its own helper comes first,
 * then the store, then `auths`. Hosts are compared whole, with their port: `registry.example.com.evil` matches nothing.
 * https://docs.docker.com/reference/cli/docker/login/,
 * https://github.com/containers/image/blob/main/docs/containers-auth.json.5.md
 * @throws {FaultError} `REGISTRY_UNAUTHORIZED` for a file that cannot be read; no file is no credentials.
 */
export async function readDockerConfig(path: string): Promise<DockerConfig> {
  const config = (await readConfig(path)) ?? {};
  const asked = new Map<string, Promise<Credential>>();

  // One host is often asked for by hundreds of repositories, and a helper is a process.
  const ask = (helper: string, name: string): Promise<Credential> => {
    const key = `${helper} ${name}`;
    const known = asked.get(key);
    if (known !== undefined) return known;
    const answer = askCredentialHelper(helper, name);
    asked.set(key, answer);
    answer.catch(() => asked.delete(key));
    return answer;
  };

  return {
    async find(host, repository) {
      for (const place of placesOf(host, repository)) {
        const found = await findAt(config, place, { path, ask });
        if (found.kind !== 'none') return found;
      }
      return { kind: 'none' };
    },
  };
}

/** `host/a/b`, `host/a`, `host`: where credentials may stand, the most specific first. */
function placesOf(host: string, repository: string | undefined): readonly string[] {
  const parts = repository === undefined ? [] : repository.split('/');
  const paths = parts.map((_, index) => `/${parts.slice(0, parts.length - index).join('/')}`);
  return [...paths, ''].map((path) => `${imageHost(host.toLowerCase())}${path}`);
}

interface Asking {
  readonly path: string;
  readonly ask: (helper: string, name: string) => Promise<Credential>;
}

async function findAt(config: JsonObject, place: string, { path, ask }: Asking): Promise<Credential> {
  const helper = entryAt(config, 'credHelpers', place);
  const entry = entryAt(config, 'auths', place);
  // Docker leaves an empty entry in `auths` for what it has put into the store; a host may lie there without one.
  const isStored = !place.includes('/') || (entry !== undefined && isEmpty(entry.value));
  const program = helper?.value ?? (isStored ? config['credsStore'] : undefined);
  if (typeof program === 'string' && program !== '') {
    const found = await ask(program, place === 'docker.io' ? DOCKER_HUB_KEY : ((helper ?? entry)?.name ?? place));
    if (found.kind !== 'none') return found;
  }
  return entry !== undefined && isJsonObject(entry.value)
    ? parseEntry(entry.value, path, entry.name)
    : { kind: 'none' };
}

function entryAt(config: JsonObject, key: string, place: string) {
  const entries = Object.entries(objectAt(config, key)).map(([name, value]) => ({ name, value }));
  return entries.find(({ name }) => name === place) ?? entries.find(({ name }) => placeOf(name) === place);
}

function isEmpty(entry: unknown): boolean {
  return isJsonObject(entry) && Object.keys(entry).length === 0;
}

async function readConfig(path: string): Promise<JsonObject | null> {
  try {
    const config = parseJson(await readFile(path));
    if (isJsonObject(config)) return config;
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return null;
    throw unreadable(path, 'it cannot be read as JSON', cause);
  }
  throw unreadable(path, 'it is not an object');
}

function parseEntry(entry: JsonObject, path: string, name: string): Credential {
  const text = (key: string): string => {
    const value = entry[key];
    return typeof value === 'string' ? value : '';
  };
  if (text('identitytoken') !== '') return { kind: 'identity-token', token: text('identitytoken') };
  if (text('registrytoken') !== '') return { kind: 'bearer', token: text('registrytoken') };
  if (text('username') !== '') return { kind: 'basic', username: text('username'), password: text('password') };
  if (text('auth') === '') return { kind: 'none' };
  const [, username, password] = /^([^:]+):(.*)$/s.exec(Buffer.from(text('auth'), 'base64').toString('utf8')) ?? [];
  if (username === undefined || password === undefined) {
    throw unreadable(path, `\`auth\` of ${name} is not base64 of user:password`);
  }
  // Docker pads with NUL bytes since its earliest days, and strips them when it reads.
  return { kind: 'basic', username, password: password.replace(/\0+$/, '') };
}

/** Old files hold URLs: `https://registry.example.com/v1/`. There the version of the API is no path of a repository. */
function placeOf(name: string): string {
  const bare = name.replace(/^https?:\/\//i, '');
  const [host = '', ...path] = bare.replace(/\/+$/, '').split('/');
  const isApi = bare !== name && path.length === 1 && /^v[012]$/.test(path[0] ?? '');
  return [imageHost(host.toLowerCase()), ...(isApi ? [] : path)].join('/');
}

function objectAt(config: JsonObject, key: string): JsonObject {
  const value = config[key];
  return isJsonObject(value) ? value : {};
}

function unreadable(path: string, why: string, cause?: unknown): FaultError {
  return new FaultError('REGISTRY_UNAUTHORIZED', `expected credentials in ${path}, but ${why}`, {
    retryable: false,
    ...(cause !== undefined && { cause }),
    hint: 'Run `docker login`, or give the registry `credentials` of its own.',
  });
}
