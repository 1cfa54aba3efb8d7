import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeAll, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { freePort } from '../support/free-port.ts';
import { describeWithPart } from '../support/parts.ts';
import { CONTAINER_LABEL } from '../support/servers/container.ts';
import { makeTempDir, type TempDir } from '../support/temp-dir.ts';
import { waitFor } from '../support/wait-for.ts';

const ROOT = join(import.meta.dirname, '../..');
const IMAGE = 'lazaret:test';
const BUILD_TIMEOUT_MS = 600_000;
const run = promisify(execFile);

async function docker(...args: readonly string[]): Promise<string> {
  const { stdout, stderr } = await run('docker', [...args], { cwd: ROOT, maxBuffer: 64 * 1024 * 1024 });
  return args[0] === 'logs' ? `${stdout}${stderr}` : stdout.trim();
}

async function inspect(container: string, format: string): Promise<unknown> {
  return JSON.parse(await docker('inspect', '--format', `{{json ${format}}}`, container)) as unknown;
}

/** As an operator would: nothing may be written but the volume and /tmp, and no privilege is left. */
async function runReadOnly(dir: TempDir, port: number): Promise<string> {
  return docker(
    ...['run', '--detach', '--read-only', '--tmpfs', '/tmp', '--cap-drop', 'ALL'],
    ...['--security-opt', 'no-new-privileges', '--network', 'host', '--init'],
    ...['--label', `${CONTAINER_LABEL}=${process.pid}`, '--env', `LAZARET_HEALTH_PORT=${port}`],
    ...['--health-interval', '1s', '--volume', `${dir.path}:/etc/lazaret:ro`, IMAGE],
  );
}

async function writeConfig(dir: TempDir, port: number): Promise<void> {
  const config = {
    dataDir: '/var/lib/lazaret',
    http: { host: '127.0.0.1', port },
    registries: [{ id: 'local', url: 'http://127.0.0.1:5000', plainHttp: true, repositories: ['acme/**'] }],
    policies: ['policies/*.yaml'],
  };
  const policy = {
    apiVersion: 'lazaret.dev/v1',
    kind: 'ImagePolicy',
    metadata: { name: 'any' },
    spec: {
      images: ['127.0.0.1:5000/acme/**'],
      require: [{ name: 'signed', signature: { signer: { issuer: 'https://issuer.example', subject: 'me' } } }],
    },
  };
  await mkdir(join(dir.path, 'policies'));
  await writeFile(join(dir.path, 'lazaret.yaml'), stringify(config));
  await writeFile(join(dir.path, 'policies/any.yaml'), stringify(policy));
}

describeWithPart('docker', 'the image', () => {
  const cleanups: (() => Promise<unknown>)[] = [];

  beforeAll(async () => {
    await docker('build', '--network', 'host', '--tag', IMAGE, '--build-arg', 'REVISION=test', '.');
  }, BUILD_TIMEOUT_MS);

  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
  });

  it('names itself, a user that is not root, and no secret of the build', async () => {
    expect(await inspect(IMAGE, '.Config.User')).toBe('1000:1000');
    expect(await inspect(IMAGE, '.Config.Labels')).toMatchObject({
      'org.opencontainers.image.title': 'Lazaret',
      'org.opencontainers.image.revision': 'test',
    });
    const files = await docker('run', '--rm', '--entrypoint', 'ls', IMAGE, '-A', '/app');
    expect(files.split('\n').toSorted()).toEqual(['dist', 'node_modules', 'package.json']);
  });

  it('prints its commands', async () => {
    expect(await docker('run', '--rm', '--read-only', IMAGE, '--help')).toContain('serve');
  });

  it('runs the daemon on a read-only root, becomes ready and healthy, and ends with 0 on SIGTERM', async () => {
    const dir = await makeTempDir('image');
    cleanups.push(() => dir.remove());
    const port = await freePort();
    await writeConfig(dir, port);
    await run('chmod', ['-R', 'a+rX', dir.path]);
    const container = await runReadOnly(dir, port);
    cleanups.push(() => docker('rm', '--force', '--volumes', container));
    const state = async () => (await inspect(container, '.State')) as { Running: boolean; Health?: { Status: string } };
    const ready = async () =>
      !(await state()).Running || (await fetch(`http://127.0.0.1:${port}/readyz`)).status === 200;
    await waitFor(ready, { what: 'the daemon in its container', timeoutMs: 60_000 });
    expect((await state()).Running, await docker('logs', container)).toBe(true);
    await waitFor(async () => (await state()).Health?.Status === 'healthy', { what: 'health', timeoutMs: 60_000 });
    await docker('stop', '--time', '30', container);
    expect(await inspect(container, '.State.ExitCode'), await docker('logs', container)).toBe(0);
  });
});
