import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { stringify } from 'yaml';
import type { Config } from '../../src/config/config.ts';
import { readConfig } from '../../src/config/read-config.ts';
import type { InputIssue } from '../../src/kit/errors.ts';
import { InvalidInputError } from '../../src/kit/errors.ts';
import { makeTempDir } from './temp-dir.ts';

/** A policy over everything at registry.example.com that asks for one key. */
const POLICY = {
  apiVersion: 'lazaret.dev/v1',
  kind: 'ImagePolicy',
  metadata: { name: 'all' },
  spec: {
    images: ['registry.example.com/**'],
    require: [{ name: 'signed', signature: { signer: { key: 'key.pub' } } }],
  },
};

/** The least that is right; tests change one thing. */
export const MINIMAL = {
  registries: [{ id: 'prod', url: 'https://registry.example.com', writeCredentials: 'none' }],
  sources: [{ kind: 'webhook', id: 'hook', dialect: 'distribution', registry: 'prod', bearerFile: 'secret' }],
  policies: ['policies/*.yaml'],
  notify: [{ kind: 'slack', id: 'security', urlEnv: 'SLACK' }],
};

/** What is in every secret file of {@link createConfigFolder}. */
export const SECRET = 'correct-horse-battery-staple';

/** A folder with a policy, its key and the file `secret`, for configurations to be read in. */
export interface ConfigFolder {
  readonly path: string;
  write(name: string, content: string | object): Promise<string>;
  /** Reads a configuration given as an object or as YAML; faults come back as lines `place: message (hint)`. */
  load(config: object | string, environment?: Readonly<Record<string, string>>): Promise<Loaded>;
  remove(): Promise<void>;
}

export type Loaded =
  | { readonly config: Config; readonly code?: undefined; readonly faults: readonly string[] }
  | { readonly config?: undefined; readonly code: string; readonly faults: readonly string[] };

export async function createConfigFolder(): Promise<ConfigFolder> {
  const dir = await makeTempDir('config');
  const write: ConfigFolder['write'] = async (name, content) => {
    const path = join(dir.path, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, typeof content === 'string' ? content : stringify(content));
    return path;
  };
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  await write('policies/key.pub', createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }).toString());
  await write('policies/all.yaml', POLICY);
  await write('secret', `${SECRET}\n`);
  return {
    path: dir.path,
    write,
    async load(config, environment = {}) {
      const file = await write('lazaret.yaml', config);
      const readable = { SLACK: 'https://hooks.slack.com/services/T0/B0/x', ...environment };
      try {
        return { config: await readConfig(file, readable), faults: [] };
      } catch (error) {
        if (!(error instanceof InvalidInputError)) throw error;
        return { code: error.code, faults: error.issues.map((issue) => describe(issue, dir.path)) };
      }
    },
    remove: dir.remove,
  };
}

function describe({ where, message, hint }: InputIssue, folder: string): string {
  return `${where}: ${message}${hint === undefined ? '' : ` (${hint})`}`.replaceAll(`${folder}/`, '');
}
