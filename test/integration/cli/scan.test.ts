import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { run } from '../../support/cli/run.ts';
import { describeWithPart } from '../../support/parts.ts';
import { pushFallbackReferrer, pushImage } from '../../support/push-image.ts';
import { type Distribution, startDistribution } from '../../support/servers/distribution.ts';
import { createKeyPair, createSigstoreWorld, type SigstoreWorld, type TestKey } from '../../support/sigstore-world.ts';
import { makeTempDir, type TempDir } from '../../support/temp-dir.ts';

describeWithPart('registry', 'lazaret scan, on a real registry', () => {
  let dir: TempDir;
  let world: SigstoreWorld;
  let key: TestKey;
  let registry: Distribution;
  const path = (name: string): string => join(dir.path, name);

  beforeAll(async () => {
    dir = await makeTempDir('scan');
    world = createSigstoreWorld();
    key = createKeyPair();
    registry = await startDistribution();
    writeFileSync(path('key.pub'), key.pem);
    writePolicy('policy.yaml', `${registry.host}/acme/**`);
    await signed('acme/app', 'v1');
    await pushImage(registry.url, 'acme/app', 'v2');
    await pushImage(registry.url, 'acme/web', 'v1');
    await signed('acme/web', 'v2');
    await pushImage(registry.url, 'other/tool', 'v1');
  });
  afterAll(async () => {
    await registry.stop();
    await dir.remove();
  });

  function writePolicy(file: string, images: string): void {
    const require = [{ name: 'signed by us', signature: { signer: { key: 'key.pub' } } }];
    const spec = { images: [images], require };
    const document = { apiVersion: 'lazaret.dev/v1', kind: 'ImagePolicy', metadata: { name: 'acme' }, spec };
    writeFileSync(path(file), stringify(document));
  }

  async function signed(repository: string, tag: string): Promise<void> {
    const image = await pushImage(registry.url, repository, tag);
    const bundle = world.signImageBundle({ digest: image.digest, identity: { kind: 'key', key } });
    await pushFallbackReferrer(registry.url, repository, image, bundle);
  }

  function scan(...args: readonly string[]) {
    const env = { DOCKER_CONFIG: dir.path, XDG_STATE_HOME: path('state') };
    return run(['scan', ...args, '-p', path('policy.yaml'), '--plain-http'], { env });
  }

  it('finds every image of a host, judges those that policies cover, and groups what fails', async () => {
    const { code, out, err } = await scan(registry.host);
    expect({ code, err }).toEqual({ code: 1, err: '' });
    expect(out).toMatch(/fail-missing {2}SIGNATURE_MISSING {2}2 images/);
    expect(out).toContain(`${registry.host}/acme/app@sha256:`);
    expect(out).toContain('1 image not judged: no policy covers their repositories');
    expect(out).toContain('4 images: pass 2, fail-missing 2');
  });

  it('takes a glob, a repository or an image, and prints one object for programs', async () => {
    const report = async (target: string) => JSON.parse((await scan(target, '-o', 'json')).out);
    expect((await report(`${registry.host}/acme/*`)).outcomes).toEqual({ pass: 2, 'fail-missing': 2 });
    expect((await report(`${registry.host}/acme/web`)).outcomes).toEqual({ pass: 1, 'fail-missing': 1 });
    const one = await report(`${registry.host}/acme/app:v1`);
    expect(one).toMatchObject({
      outcomes: { pass: 1 },
      images: [{ image: expect.stringMatching(/acme\/app@sha256:[0-9a-f]{64}$/), tags: ['v1'], outcome: 'pass' }],
      notTold: [],
    });
  });
});
