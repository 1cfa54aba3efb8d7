import { spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { freePort } from '../support/free-port.ts';
import { type LazaretDaemon, startLazaret } from '../support/lazaret-daemon.ts';
import { describeWithPart } from '../support/parts.ts';
import { startPostgres } from '../support/servers/postgres.ts';
import { makeTempDir, type TempDir } from '../support/temp-dir.ts';

const MAIN = join(import.meta.dirname, '../../src/main.ts');

let dir: TempDir;
beforeEach(async () => {
  dir = await makeTempDir('refusal');
  await mkdir(join(dir.path, 'policies'));
  await writeFile(join(dir.path, 'policies/acme.yaml'), policyFor('registry.invalid/acme/**'));
});
afterEach(() => dir.remove());

/** The smallest configuration that starts. */
async function configuration(more: Record<string, unknown> = {}): Promise<Record<string, unknown>> {
  return {
    dataDir: 'data',
    http: { host: '127.0.0.1', port: await freePort() },
    registries: [{ id: 'prod', url: 'https://registry.invalid', repositories: ['acme/**'] }],
    sources: [{ kind: 'webhook', id: 'hook', dialect: 'lazaret', registry: 'prod', path: 'aZ09_-aZ09_-aZ09_-' }],
    policies: ['policies/*.yaml'],
    // The public instance as it was packaged: these tests contact nothing.
    trust: [{ name: 'sigstore', refresh: false }],
    ...more,
  };
}

interface Ended {
  readonly code: number | null;
  readonly output: string;
}

/** Runs the daemon where it is not to start, and waits for its end. */
async function serve(config: string | Record<string, unknown>, ...options: readonly string[]): Promise<Ended> {
  const file = join(dir.path, 'lazaret.yaml');
  await writeFile(file, typeof config === 'string' ? config : stringify(config));
  const child = spawn(process.execPath, [MAIN, 'serve', '--config', file, ...options], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, output };
}

describe('the daemon refuses to start, says why and what to do, and exits with 2', () => {
  it('for YAML that is none', async () => {
    const { code, output } = await serve('registries:\n  - id: prod\n url: [');
    expect(code).toBe(2);
    expect(output).toMatch(/lazaret\.yaml:\d+:\d+/);
  });

  it('for unknown keys, each with its line and the nearest right one, all at once', async () => {
    const { code, output } = await serve('registires: []\nsources: []\nquarantine: { mod: tag }\n');
    expect(code).toBe(2);
    expect(output).toMatch(/lazaret\.yaml:1:.*registires/);
    expect(output).toContain('registries');
    expect(output).toMatch(/lazaret\.yaml:3:.*mod/);
    expect(output).toContain('mode');
  });

  it('for a secret file that is not there', async () => {
    const { code, output } = await serve(
      await configuration({ notify: [{ kind: 'slack', id: 'security', urlFile: 'secrets/slack' }] }),
    );
    expect(code).toBe(2);
    expect(output).toContain('secrets/slack');
    expect(output).toContain('SECRET_UNREADABLE');
  });

  it('for a policy with a fault, naming its file and line', async () => {
    await writeFile(join(dir.path, 'policy.yaml'), 'apiVersion: lazaret.dev/v1\nkind: ImagePolicy\nmetadata: {}\n');
    const { code, output } = await serve(await configuration({ policies: ['policy.yaml'] }));
    expect(code).toBe(2);
    expect(output).toMatch(/policy\.yaml:\d+/);
  });
});

describe('a process with some roles is refused with 2', () => {
  it('on an embedded record, which no other process can share', async () => {
    const { code, output } = await serve(await configuration(), '--roles', 'ingest,api');
    expect(code).toBe(2);
    expect(output).toContain('expected a record that processes share, got roles (ingest, api) and no `postgres`');
    expect(output).toContain('leave out `--roles`');
  });

  it('for a role there is not, naming the nearest', async () => {
    const { code, output } = await serve(await configuration(), '--roles', 'ingset');
    expect(code).toBe(2);
    expect(output).toContain('Did you mean "ingest"?');
  });
});

describe('the daemon ends with 3, says why and what to do, when the world does not let it start', () => {
  it('because the port is in use', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const { port } = other.address() as AddressInfo;
    try {
      const { code, output } = await serve(await configuration({ http: { host: '127.0.0.1', port } }));
      expect(code).toBe(3);
      expect(output).toContain(`port ${port} on 127.0.0.1 is in use`);
      expect(output).toContain('configure another port');
    } finally {
      other.close();
    }
  });

  it('because the folder is another daemon’s, whose process it names', async () => {
    const daemon = await start();
    try {
      const { code, output } = await serve(await configuration());
      expect(code).toBe(3);
      expect(output).toContain('DATA_DIR_IN_USE');
      expect(output).toContain(String(daemon.pid));
    } finally {
      await daemon.end('SIGTERM');
    }
  });

  it('because the folder cannot be written', async () => {
    // A file where the folder should be: root, too, cannot write into it.
    await writeFile(join(dir.path, 'data'), '');
    const { code, output } = await serve(await configuration());
    expect(code).toBe(3);
    expect(output).toContain('DATA_DIR_UNWRITABLE');
    expect(output).toContain('dataDir');
  });

  it('because the database does not answer', async () => {
    const url = `postgres://lazaret:canary-db-password@127.0.0.1:${await freePort()}/lazaret`;
    const { code, output } = await serve(await configuration({ postgres: { url } }));
    expect(code).toBe(3);
    expect(output).toContain('DATABASE_UNAVAILABLE');
    expect(output).not.toContain('canary-db-password');
  });

  it('because Redis does not answer', async () => {
    const { code, output } = await serve(
      await configuration({ redis: { url: `redis://127.0.0.1:${await freePort()}` } }),
    );
    expect(code).toBe(3);
    expect(output).toContain('QUEUE_UNAVAILABLE');
  });
});

describeWithPart('postgres', 'a database of a newer version', () => {
  it('is left alone, and what to do is said', async () => {
    const postgres = await startPostgres();
    try {
      const daemon = await start({ postgres: { url: postgres.url } });
      await daemon.end('SIGTERM');
      const client = new pg.Client({ connectionString: postgres.url });
      await client.connect();
      await client.query("INSERT INTO lazaret.schema_version (version, name) VALUES (9999, 'future')");
      await client.end();
      const { code, output } = await serve(await configuration({ postgres: { url: postgres.url } }));
      expect(code).toBe(3);
      expect(output).toContain('DATABASE_TOO_NEW');
      expect(output).toContain('start that version here too');
    } finally {
      await postgres.stop();
    }
  });
});

describeWithPart('postgres', 'a data folder beside a database of its own', () => {
  it('D3: has one owner too, for what is remembered of trust roots', async () => {
    const postgres = await startPostgres();
    try {
      const daemon = await start({ postgres: { url: postgres.url } });
      const { code, output } = await serve(await configuration({ postgres: { url: postgres.url } }));
      expect(code).toBe(3);
      expect(output).toContain('DATA_DIR_IN_USE');
      expect(output).toContain(String(daemon.pid));
      await daemon.end('SIGKILL');
      const next = await start({ postgres: { url: postgres.url } });
      expect(await next.end('SIGTERM')).toBe(0);
    } finally {
      await postgres.stop();
    }
  });
});

describe('the life of the daemon', () => {
  it('begins again on its folder after a clean end, and after a kill', async () => {
    const first = await start();
    expect(await first.end('SIGTERM')).toBe(0);
    const second = await start();
    await second.end('SIGKILL');
    const third = await start();
    expect(await third.end('SIGTERM')).toBe(0);
  });

  it('warns of a policy that covers no configured repository', async () => {
    await writeFile(join(dir.path, 'policies/far.yaml'), policyFor('elsewhere.example.com/**', 'far'));
    const daemon = await start();
    await daemon.end('SIGTERM');
    expect(daemon.output()).toMatch(/"level":"warn".*far\.yaml/);
  });
});

function policyFor(images: string, name = 'acme'): string {
  const signer = { issuer: 'https://issuer.example.com', subject: 'me@example.com' };
  return stringify({
    apiVersion: 'lazaret.dev/v1',
    kind: 'ImagePolicy',
    metadata: { name },
    spec: { images: [images], require: [{ name: 'signed', signature: { signer } }] },
  });
}

async function start(more: Record<string, unknown> = {}): Promise<LazaretDaemon> {
  const config = await configuration({ log: { format: 'json' }, ...more });
  const { port } = config['http'] as { port: number };
  return startLazaret({ dir: dir.path, port, config });
}
