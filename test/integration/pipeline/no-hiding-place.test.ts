import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { shortDigest } from '../../../src/domain/digest.ts';
import { OCI_INDEX } from '../../../src/domain/manifest.ts';
import { fallbackTag } from '../../../src/evidence/evidence-tags.ts';
import { FaultError } from '../../../src/kit/errors.ts';
import {
  putArtifact,
  putBundle,
  putFallbackIndex,
  putImage,
  putIndex,
  REPOSITORY,
} from '../../support/memory-artifacts.ts';
import type { MemoryRegistry, StoredManifest } from '../../support/memory-registry.ts';
import { openPipelineRecords, type PipelineRecords } from '../../support/pipeline/pipeline-records.ts';
import { POLICY, WITHOUT_GRACE } from '../../support/pipeline/pipeline-world.ts';
import { openScene } from '../../support/pipeline/scene.ts';
import { pushOf, sign } from '../../support/pipeline/stories.ts';

const MINUTE = 60_000;
const DENIED = new FaultError('REGISTRY_DENIED', 'the registry answered 403', { retryable: false });
const EACH = WITHOUT_GRACE.replace('  require:', '  platforms: each\n  require:');

let db: PipelineRecords;
beforeAll(async () => {
  db = await openPipelineRecords();
});
afterAll(() => db?.close());

/** Manifests whose parts somebody has taken away, or has never pushed. */
const HIDING: readonly [string, (registry: MemoryRegistry) => StoredManifest, string][] = [
  [
    'its configuration, of a type of its own, is not there',
    (registry) => {
      const text = '{"kept":"back"}';
      const pushed = putArtifact(registry, {
        config: { bytes: text, mediaType: 'application/vnd.acme.config+json' },
        layers: [{ bytes: 'a text', mediaType: 'application/vnd.acme.layer' }],
      });
      const { config } = JSON.parse(Buffer.from(pushed.bytes).toString());
      registry.removeBlob(config.digest);
      return pushed;
    },
    'SIGNATURE_MISSING',
  ],
  [
    'its evidence is listed and not there',
    (registry) => {
      const image = putImage(registry);
      const lost = putBundle(registry, image, '{"n":1}');
      putFallbackIndex(registry, image.digest, [lost]);
      registry.removeManifest(lost.digest);
      return image;
    },
    'EVIDENCE_ABSENT',
  ],
  [
    'its evidence names what is not there',
    (registry) => {
      const image = putImage(registry);
      const held = putBundle(registry, image, '{"n":1}');
      putFallbackIndex(registry, image.digest, [held]);
      for (const { digest } of JSON.parse(Buffer.from(held.bytes).toString()).layers) registry.removeBlob(digest);
      return image;
    },
    'EVIDENCE_ABSENT',
  ],
  [
    'the list of its evidence is broken',
    (registry) => {
      const image = putImage(registry);
      const broken = Buffer.from('{"manifests":[],"manifests":[]}');
      registry.putManifest(REPOSITORY, broken, OCI_INDEX, fallbackTag(image.digest));
      return image;
    },
    'EVIDENCE_MALFORMED',
  ],
];

describe('P2: an image that hides behind a gap', () => {
  it.each(HIDING)('fails after its grace and three looks: %s', async (_, put, code) => {
    const { world, driver, pass, puts, verdicts } = await openScene(db, { registry: { referrersApi: false } });
    world.setPolicy(WITHOUT_GRACE);
    const image = put(world.registry);
    await driver.deliver(pushOf(image, 'v1'));
    await driver.drain();
    expect(await verdicts(image)).toMatchObject([{ code, final: false }]);
    expect(puts()).toBe(0);
    await pass(MINUTE, 5_000);
    expect(await verdicts(image)).toMatchObject([{ code, final: true }]);
    expect(puts(image)).toBe(1);
  });

  it('fails with what its index lists and the registry does not have, where each image must prove itself', async () => {
    const { world, driver, pass, puts, verdicts } = await openScene(db);
    world.setPolicy(EACH);
    const lost = putImage(world.registry);
    const index = putIndex(world.registry, [lost], 'v1');
    sign(world, index);
    world.registry.removeManifest(lost.digest);
    await driver.deliver(pushOf(index, 'v1'));
    await pass(MINUTE, 5_000);
    expect(await verdicts(index)).toMatchObject([{ outcome: 'fail-missing', code: 'LISTED_ABSENT', final: true }]);
    expect(puts(index)).toBe(1);
  });

  it('passes as soon as its evidence is all there, and nothing was done by then: a registry may be late', async () => {
    const { world, driver, pass, puts, verdicts } = await openScene(db);
    world.setPolicy(WITHOUT_GRACE);
    const image = putImage(world.registry, { tag: 'v1' });
    const held = sign(world, image);
    const [layer] = JSON.parse(Buffer.from(held.bytes).toString()).layers;
    const bytes = await world.registry.reader.readBlob(REPOSITORY, layer);
    world.registry.removeBlob(layer.digest);
    await driver.deliver(pushOf(image, 'v1'));
    await pass(20_000, 5_000);
    expect(await verdicts(image)).toMatchObject([{ code: 'EVIDENCE_ABSENT', final: false }]);
    world.registry.putBlob(bytes ?? '');
    await pass(MINUTE, 5_000);
    expect(await verdicts(image)).toMatchObject([{ outcome: 'pass', final: true }]);
    expect(puts()).toBe(0);
  });

  it('is not given another grace by deleting and pushing again', async () => {
    const { world, driver, pass, markOf, verdicts } = await openScene(db);
    const image = putImage(world.registry, { tag: 'v1' });
    await driver.deliver(pushOf(image, 'v1'));
    for (let n = 0; n < 5; n++) {
      await pass(10_000, 5_000);
      const lost = putBundle(world.registry, image, `{"n":${n}}`);
      await driver.deliver(pushOf(lost));
      for (const { digest } of JSON.parse(Buffer.from(lost.bytes).toString()).layers) world.registry.removeBlob(digest);
      world.registry.removeManifest(image.digest);
      await driver.deliver(pushOf(image, 'v1'));
      await driver.drain();
      world.registry.putManifest(REPOSITORY, image.bytes, image.mediaType, 'v1');
      await driver.deliver(pushOf(image, 'v1'));
    }
    await pass(20_000, 5_000);
    expect(await verdicts(image)).toMatchObject([{ outcome: 'fail-evidence', final: true }]);
    expect(markOf(image)).toBe(image.digest);
  });

  it('is one of many that fail, and no image that is signed is among them', async () => {
    const { world, driver, pass, puts, verdicts } = await openScene(db);
    world.setPolicy(WITHOUT_GRACE);
    const count = 40;
    const hidden = Array.from({ length: count }, () => putImage(world.registry));
    for (const image of hidden) {
      const held = putBundle(world.registry, image, `{"of":"${image.digest}"}`);
      for (const { digest } of JSON.parse(Buffer.from(held.bytes).toString()).layers) world.registry.removeBlob(digest);
    }
    const good = putImage(world.registry, { tag: 'v1' });
    sign(world, good);
    for (const image of [...hidden, good]) await driver.deliver(pushOf(image));
    await pass(2 * MINUTE, 15_000);
    expect(puts()).toBe(count);
    expect(puts(good)).toBe(0);
    expect(await verdicts(good)).toMatchObject([{ outcome: 'pass', final: true }]);
  });
});

describe('P2: an image that cannot be told', () => {
  it('is told of although a decoy had the notice of the hour, and both are named', async () => {
    const { world, driver, pass, told } = await openScene(db);
    const decoy = putImage(world.registry, { tag: 'v1' });
    const image = putImage(world.registry, { tag: 'v2' });
    for (const { digest } of [decoy, image]) world.registry.failOn(`referrers/${digest}`, DENIED);
    await driver.deliver(pushOf(decoy, 'v1'));
    await pass(MINUTE, 5_000);
    expect(told('cannot-verify')).toBe(1);
    await driver.deliver(pushOf(image, 'v2'));
    await pass(15 * MINUTE, 30_000);
    expect(told('cannot-verify', image)).toBe(1);
    expect(told('cannot-verify', decoy)).toBe(1);
    const last = world.sent.findLast(({ announcement }) => announcement.kind === 'cannot-verify');
    expect(last?.announcement.held?.count).toBe(2);
    for (const { digest } of [decoy, image]) {
      expect(last?.announcement.held?.images.join()).toContain(`${shortDigest(digest)} (REGISTRY_DENIED)`);
    }
  });

  it('P7: does not put off the verdict of another in its repository, where its manifest is none of an index', async () => {
    const { world, driver, pass, verdicts } = await openScene(db);
    world.setPolicy(POLICY);
    const untold = putImage(world.registry, { tag: 'v1' });
    const image = putImage(world.registry, { tag: 'v2' });
    world.registry.failOn(`referrers/${untold.digest}`, DENIED);
    for (const each of [untold, image]) await driver.deliver(pushOf(each));
    await pass(MINUTE + 1_000, 1_000);
    expect(await verdicts(image)).toMatchObject([{ outcome: 'fail-missing', final: true }]);
  });

  it('P7: puts it off by one more grace at most, where its manifest cannot be read', async () => {
    const { world, driver, pass, verdicts } = await openScene(db);
    world.setPolicy(POLICY);
    const untold = putImage(world.registry, { tag: 'v1' });
    const image = putImage(world.registry, { tag: 'v2' });
    world.registry.failOn(`manifests/${untold.digest}`, DENIED);
    for (const each of [untold, image]) await driver.deliver(pushOf(each));
    await pass(MINUTE + 30_000, 5_000);
    expect(await verdicts(image)).toMatchObject([{ outcome: 'fail-missing', final: false }]);
    await pass(MINUTE, 5_000);
    expect(await verdicts(image)).toMatchObject([{ outcome: 'fail-missing', final: true }]);
  });
});
