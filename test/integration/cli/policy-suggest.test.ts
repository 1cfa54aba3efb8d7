import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { run } from '../../support/cli/run.ts';
import { describeWithPart } from '../../support/parts.ts';
import { pushImage, pushIndex, pushReferrer } from '../../support/push-image.ts';
import { type Olareg, startOlareg } from '../../support/servers/olareg.ts';
import { createKeyPair, createSigstoreWorld, type SigstoreWorld } from '../../support/sigstore-world.ts';
import { makeTempDir, type TempDir } from '../../support/temp-dir.ts';

const REPOSITORY = 'acme/app';
const SOURCE = 'https://github.com/acme/app';

describeWithPart('olareg', 'lazaret policy suggest, on a real registry', () => {
  let dir: TempDir;
  let world: SigstoreWorld;
  let registry: Olareg;
  const path = (name: string): string => join(dir.path, name);
  const name = (tag: string): string => `${registry.host}/${REPOSITORY}:${tag}`;

  beforeAll(async () => {
    dir = await makeTempDir('suggest');
    world = createSigstoreWorld();
    writeFileSync(path('trusted-root.json'), world.trustedRoot);
    registry = await startOlareg();
  });
  afterAll(async () => {
    await registry.stop();
    await dir.remove();
  });

  function suggest(...args: readonly string[]): ReturnType<typeof run> {
    const options = ['--trusted-root', path('trusted-root.json'), '--plain-http'];
    return run(['policy', 'suggest', ...args, ...options], { env: { DOCKER_CONFIG: dir.path } });
  }

  async function release(tag: string): Promise<void> {
    const image = await pushImage(registry.url, REPOSITORY, tag);
    const ref = `refs/tags/${tag}`;
    const identity = world.mintGithub({ repository: 'acme/app', workflow: '.github/workflows/release.yml', ref });
    const source = { repository: SOURCE, ref };
    const bundle = world.attestProvenance({ digest: image.digest, identity, source });
    await pushReferrer(registry.url, REPOSITORY, image, bundle);
  }

  it('writes one policy from two releases, by which the next release passes and an unsigned image fails', async () => {
    await release('v1.4.1');
    await release('v1.4.2');
    const { code, out } = await suggest(name('v1.4.1'), name('v1.4.2'));
    expect(code).toBe(0);
    writeFileSync(path('suggested.yaml'), out);
    await release('v1.5.0');
    await pushImage(registry.url, REPOSITORY, 'unsigned');
    const verify = (tag: string) =>
      run(
        [
          'verify',
          name(tag),
          '-p',
          path('suggested.yaml'),
          '--plain-http',
          '--trusted-root',
          path('trusted-root.json'),
        ],
        { env: { DOCKER_CONFIG: dir.path } },
      );
    expect((await verify('v1.5.0')).code).toBe(0);
    expect((await verify('unsigned')).code).toBe(1);
  });

  it('asks for a key only when it is told which: until then it says what to give', async () => {
    const key = createKeyPair();
    writeFileSync(path('team.pub'), key.pem);
    const image = await pushImage(registry.url, REPOSITORY, 'keyed');
    const bundle = world.signImageBundle({ digest: image.digest, identity: { kind: 'key', key } });
    await pushReferrer(registry.url, REPOSITORY, image, bundle);
    const without = await suggest(name('keyed'));
    expect(without).toMatchObject({ code: 1, out: '' });
    expect(without.err).toContain('name its public key with --key FILE');
    const { code, out } = await suggest(name('keyed'), '--key', path('team.pub'), '-o', 'json');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      policies: [{ image: `${registry.host}/${REPOSITORY}`, requirements: [{ kind: 'signature' }] }],
    });
  });

  it('asks each platform of an index that is signed nowhere else, and the index passes by what is written', async () => {
    const key = createKeyPair();
    writeFileSync(path('platforms.pub'), key.pem);
    const children = [await pushImage(registry.url, REPOSITORY, null), await pushImage(registry.url, REPOSITORY, null)];
    for (const child of children) {
      const bundle = world.signImageBundle({ digest: child.digest, identity: { kind: 'key', key } });
      await pushReferrer(registry.url, REPOSITORY, child, bundle);
    }
    await pushIndex(registry.url, REPOSITORY, 'multi', children);
    const { code, out } = await suggest(name('multi'), '--key', path('platforms.pub'));
    expect(code).toBe(0);
    expect(out).toContain('platforms: each');
    writeFileSync(path('platforms.yaml'), out);
    const args = ['verify', name('multi'), '-p', path('platforms.yaml'), '--plain-http'];
    expect((await run(args, { env: { DOCKER_CONFIG: dir.path } })).code).toBe(0);
  });

  it('refuses a missing image, a wrong key and a wrong name with exit 2, and a dead registry with 3', async () => {
    expect((await suggest(name('nothing'))).code).toBe(2);
    expect((await suggest(name('v1.4.1'), '--key', path('nothing.pub'))).code).toBe(2);
    expect((await suggest('UPPER')).code).toBe(2);
    expect((await suggest('127.0.0.1:1/acme/app:v1')).code).toBe(3);
  });
});
