import { execFileSync } from 'node:child_process';
import { cp, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readConfig } from '../../../src/config/read-config.ts';
import { MISSING_MARK } from '../../support/parts.ts';
import { makeTempDir, type TempDir } from '../../support/temp-dir.ts';

const DEPLOY = join(import.meta.dirname, '../../../deploy');

interface ComposeFile {
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly secrets: Readonly<Record<string, { readonly file: string }>>;
  readonly volumes: object;
}

interface ComposeService {
  readonly volumes?: readonly string[];
  readonly secrets?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

describe('deploy/compose.yaml', () => {
  let dir: TempDir;
  let compose: ComposeFile;
  const read = (name: string): Promise<string> => readFile(join(dir.path, name), 'utf8');

  beforeAll(async () => {
    dir = await makeTempDir('deploy');
    const isOfTheCheckout = (path: string): boolean => !/\/(?:\.env|secrets)$/.test(path);
    await cp(DEPLOY, dir.path, { recursive: true, filter: isOfTheCheckout });
    execFileSync(join(dir.path, 'init.sh'), { stdio: 'pipe' });
    compose = parse(await read('compose.yaml')) as ComposeFile;
  });
  afterAll(() => dir.remove());

  const command = findCompose();
  const missing = command === undefined ? ` [${MISSING_MARK} compose: it is not installed]` : '';
  it.skipIf(command === undefined)(`is accepted by Compose${missing}`, () => {
    const [program = '', ...args] = command ?? [];
    const resolved = execFileSync(program, [...args, '-f', 'compose.yaml', 'config'], { cwd: dir.path, stdio: 'pipe' });
    expect(Object.keys((parse(resolved.toString()) as ComposeFile).services).toSorted()).toEqual([
      'kafka',
      'lazaret',
      'postgres',
      'redis',
      'registry',
      'topic',
    ]);
  });

  it('mounts only what is there, and names only secrets and volumes it declares', async () => {
    for (const service of Object.values(compose.services)) {
      for (const secret of service.secrets ?? []) await stat(join(dir.path, compose.secrets[secret]?.file ?? secret));
      for (const volume of service.volumes ?? []) {
        const [source = ''] = volume.split(':');
        if (source.startsWith('.')) await stat(join(dir.path, source));
        else expect(Object.keys(compose.volumes)).toContain(source);
      }
    }
  });

  it('gives the daemon a configuration without fault, to which only people to tell are missing, and whose webhook knows the registry', async () => {
    const inside = await read('lazaret.yaml');
    const file = join(dir.path, 'here.yaml');
    await writeFile(file, inside.replaceAll('/run/secrets', join(dir.path, 'secrets')));
    const config = await readConfig(file, {});
    expect(config.warnings.map(({ message }) => message)).toEqual(['nobody is told of failures: there is no `notify`']);
    expect(config.policies.policies.map(({ name }) => name)).toEqual(['acme-apps']);
    const [, token] = /^LAZARET_WEBHOOK_TOKEN=(.*)$/m.exec(await read('.env')) ?? [];
    expect((await read('secrets/webhook-authorization')).trim()).toBe(`Bearer ${token}`);
    const notifications = compose.services['registry']?.environment?.['REGISTRY_NOTIFICATIONS_ENDPOINTS'] ?? '';
    expect(notifications).toContain('http://lazaret:8080/webhooks/registry');
    expect(config.sources.map(({ kind, id }) => `${kind} ${id}`)).toContain('webhook registry');
  });

  it('shows its passwords to nobody else', async () => {
    for (const name of ['.env', 'secrets']) expect((await stat(join(dir.path, name))).mode & 0o077).toBe(0);
  });
});

/** Compose v2 as Docker's plugin, or the older program. */
function findCompose(): readonly string[] | undefined {
  return [['docker', 'compose'], ['docker-compose']].find(([program = '', ...args]) => {
    try {
      execFileSync(program, [...args, 'version'], { stdio: 'pipe' });
      return true;
    } catch {
      return false;
    }
  });
}
