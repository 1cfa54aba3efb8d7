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
    const port = await freePort();
    const record = join(dir.path, 'loaded.json');
    const daemon = await startLazaret({
      dir: dir.path,
      port,
      env: { LAZARET_LOADED: record },
      entry: [process.execPath, '--import', HOOK, join(ROOT, 'src/main.ts')],
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
    const loaded = new Set(urls.flatMap((url) => /\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.[1] ?? []));
    // The recorder works: these are what every daemon is made of.
    for (const name of ['fastify', 'bullmq', 'kysely', 'undici', 'pino']) expect(loaded).toContain(name);
    expect(UNASKED.filter((name) => loaded.has(name))).toEqual([]);
    // Of undici only what sends requests.
    expect(urls.filter((url) => /\/undici\/lib\/(?:web\/(?:fetch\/index|websocket)|mock|cache)/.test(url))).toEqual([]);
  }, 120_000);
});
