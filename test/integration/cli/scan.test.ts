import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { run } from '../../support/cli/run.ts';
import { freePort } from '../../support/free-port.ts';
import { describeWithPart } from '../../support/parts.ts';
import { pushFallbackReferrer, pushImage } from '../../support/push-image.ts';
import { type Distribution, startDistribution } from '../../support/servers/distribution.ts';
import { startOlareg } from '../../support/servers/olareg.ts';
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

  it('tells what is not there, and goes on with the rest', async () => {
    const { code, out } = await scan(
      `${registry.host}/acme/none`,
      `${registry.host}/acme/app:v9`,
      `${registry.host}/acme/app:v1`,
      '-o',
      'json',
    );
    expect(code).toBe(3);
    expect(JSON.parse(out)).toMatchObject({
      outcomes: { pass: 1 },
      // In the order in which the registry answered.
      notTold: expect.toSatisfy((entries: { where: string; code: string }[]) => {
        const told = entries.map(({ where, code }) => `${where} ${code}`).toSorted();
        const absent = ['acme/app:v9', 'acme/none'].map((name) => `${registry.host}/${name} REFERENCE_INVALID`);
        return JSON.stringify(told) === JSON.stringify(absent);
      }),
    });
  });

  it('writes CSV for a spreadsheet, a row an image', async () => {
    const { out } = await scan(`${registry.host}/acme/app`, '-o', 'csv');
    expect(out.split('\n')[0]).toBe('image,digest,tags,outcome,code,reason');
    expect(out.split('\n')).toHaveLength(3);
  });

  it('tells of a registry that does not answer, and of the other all the same', async () => {
    const { code, out } = await scan(`127.0.0.1:${await freePort()}`, registry.host, '-o', 'json');
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({ outcomes: { pass: 2 }, notTold: [{ code: 'REGISTRY_UNREACHABLE' }] });
  });

  it('keeps what it has judged where something could not be told, for --resume, and says where nothing is kept', async () => {
    const env = { DOCKER_CONFIG: dir.path, XDG_STATE_HOME: path('untold') };
    const away = `127.0.0.1:${await freePort()}`;
    const args = ['scan', away, `${registry.host}/acme/app`, '-p', path('policy.yaml'), '--plain-http', '--resume'];
    const first = await run(args, { env });
    expect(first.err).toContain('so all of it is looked at');
    const [file = ''] = readdirSync(path('untold/lazaret'));
    const kept = JSON.parse(readFileSync(path(`untold/lazaret/${file}`), 'utf8'));
    expect(kept).toMatchObject({ done: [`${registry.host}/acme/app`], images: { length: 2 } });
    const second = await run(args, { env });
    expect(second.err).toBe('');
    expect(second.out).toContain('2 images: ');
  });

  it('ends with what is known when it is interrupted, and goes on from there with --resume', async () => {
    const interruption = new AbortController();
    const env = { DOCKER_CONFIG: dir.path, XDG_STATE_HOME: path('interrupted') };
    const args = ['scan', `${registry.host}/acme/**`, '-p', path('policy.yaml'), '--plain-http', '-o', 'json'];
    interruption.abort(new Error('interrupted by SIGINT'));
    const first = await run(args, { env, signal: interruption.signal });
    expect(first.code).toBe(3);
    expect(first.err).toContain('--resume');
    expect(JSON.parse(first.out)).toMatchObject({ whole: false, images: [] });
    const [file] = readdirSync(path('interrupted/lazaret'));
    expect(file).toMatch(/^scan-[0-9a-f]{16}\.json$/);
    const known = JSON.parse((await run(args, { env })).out);
    const done = { version: 1, done: [`${registry.host}/acme/app`], images: known.images };
    writeFileSync(path(`interrupted/lazaret/${file}`), JSON.stringify(done));
    const second = await run([...args, '--resume'], { env });
    expect(second.code).toBe(1);
    expect(JSON.parse(second.out)).toMatchObject({ whole: true, outcomes: { pass: 2, 'fail-missing': 2 } });
    expect(readdirSync(path('interrupted/lazaret'))).toEqual([]);
  });

  it('refuses to go on with a file that is no interrupted scan, and names it', async () => {
    const env = { DOCKER_CONFIG: dir.path, XDG_STATE_HOME: path('broken') };
    const args = ['scan', registry.host, '-p', path('policy.yaml'), '--plain-http'];
    const signal = AbortSignal.abort(new Error('interrupted'));
    await run(args, { env, signal });
    const [file = ''] = readdirSync(path('broken/lazaret'));
    writeFileSync(path(`broken/lazaret/${file}`), '{"version": 2}');
    const { code, err } = await run([...args, '--resume'], { env });
    expect(code).toBe(2);
    expect(err).toContain(file);
  });
});

describeWithPart('olareg', 'lazaret scan, on a registry without a catalogue', () => {
  it('tells what to do instead, and scans a repository that is named', async () => {
    const dir = await makeTempDir('scan-olareg');
    const registry = await startOlareg();
    try {
      const key = createKeyPair();
      writeFileSync(join(dir.path, 'key.pub'), key.pem);
      const spec = { images: ['**'], require: [{ name: 'signed', signature: { signer: { key: 'key.pub' } } }] };
      const policy = { apiVersion: 'lazaret.dev/v1', kind: 'ImagePolicy', metadata: { name: 'all' }, spec };
      writeFileSync(join(dir.path, 'policy.yaml'), stringify(policy));
      const scan = (target: string) =>
        run(['scan', target, '-p', join(dir.path, 'policy.yaml'), '--plain-http', '-o', 'json'], {
          env: { DOCKER_CONFIG: dir.path, XDG_STATE_HOME: dir.path },
        });
      await pushImage(registry.url, 'acme/app', 'v1');
      const whole = await scan(registry.host);
      expect(whole.code).toBe(3);
      expect(JSON.parse(whole.out).notTold).toMatchObject([{ where: registry.host, code: 'INVENTORY_UNAVAILABLE' }]);
      expect(JSON.parse((await scan(`${registry.host}/acme/app`)).out).outcomes).toEqual({ 'fail-missing': 1 });
    } finally {
      await registry.stop();
      await dir.remove();
    }
  });
});
