import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { digestHex } from '../../../src/domain/digest.ts';
import type { RegistryEvent } from '../../../src/domain/registry-event.ts';
import { FaultError } from '../../../src/kit/errors.ts';
import { noMarkArtifact } from '../../../src/quarantine/released-artifact.ts';
import { putImage, REPOSITORY } from '../../support/memory-artifacts.ts';
import type { StoredManifest } from '../../support/memory-registry.ts';
import { NAMESAKE_BLOBS, NAMESAKES } from '../../support/namesakes.ts';
import { openPipelineRecords, type PipelineRecords } from '../../support/pipeline/pipeline-records.ts';
import { WITHOUT_GRACE } from '../../support/pipeline/pipeline-world.ts';
import { openScene } from '../../support/pipeline/scene.ts';
import { pushOf, sign } from '../../support/pipeline/stories.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

let db: PipelineRecords;
beforeAll(async () => {
  db = await openPipelineRecords();
});
afterAll(() => db?.close());

const nameOf = ({ digest }: StoredManifest) => `quarantined-${digestHex(digest)}`;

async function open(options: Parameters<typeof openScene>[1] = {}) {
  const echoes: RegistryEvent[] = [];
  const scene = await openScene(db, {
    policy: WITHOUT_GRACE,
    onTag: (tag, manifest) => void echoes.push(pushOf(manifest, tag)),
    ...options,
  });
  const { world, driver } = scene;
  /** The registry announces our own writes as well, until nothing more comes of it. */
  const settle = async () => {
    await driver.untilQuiet();
    for (let echo = echoes.shift(); echo !== undefined; echo = echoes.shift()) {
      await driver.deliver(echo);
      await driver.untilQuiet();
    }
  };
  const push = async (image: StoredManifest, tag: string | null, over: Partial<RegistryEvent> = {}) => {
    if (tag !== null) world.registry.putManifest(REPOSITORY, image.bytes, image.mediaType, tag);
    await driver.deliver({ ...pushOf(image, tag), ...over });
    await driver.drain();
  };
  const failing = async () => {
    const image = putImage(world.registry, { tag: 'v1' });
    await push(image, 'v1');
    await settle();
    expect(world.registry.tags(REPOSITORY)[nameOf(image)]).toBe(image.digest);
    return image;
  };
  const passing = async () => {
    const image = putImage(world.registry, { tag: 'v2' });
    sign(world, image);
    await push(image, 'v2');
    await settle();
    return image;
  };
  const writes = () => world.registry.requests.filter((line) => !line.startsWith('GET')).length;
  const lastWord = () => world.sent.at(-1)?.announcement;
  return { ...scene, settle, push, failing, passing, writes, lastWord, tags: () => world.registry.tags(REPOSITORY) };
}

describe('P4: another image pushed under the mark of a failing one', () => {
  it.each([
    ['named with its digest', {}],
    ['named by the tag alone', { digest: null }],
  ])('is taken off, the mark put back, and people told (%s)', async (_, over) => {
    const { push, settle, failing, passing, tags, told, verdicts, lastWord } = await open();
    const bad = await failing();
    const good = await passing();
    await push(good, nameOf(bad), over);
    await settle();
    expect(tags()[nameOf(bad)]).toBe(bad.digest);
    expect(told('false-mark', bad)).toBe(1);
    expect(lastWord()).toMatchObject({ kind: 'false-mark', code: 'FALSE_MARK', outcome: 'fail-missing' });
    expect(lastWord()?.reason).toBe(`The tag ${nameOf(bad)} marks this image, and was pushed for ${good.digest}.`);
    expect(lastWord()?.action.sentence).toContain('put back on this one');
    expect(await verdicts(bad)).toMatchObject([{ mark: 'quarantined' }]);
    expect(await verdicts(good)).toMatchObject([{ outcome: 'pass', mark: 'none' }]);
  });

  it('is found by the next look and told of, where the registry announces nothing', async () => {
    const { world, failing, passing, tags, told, pass } = await open();
    const bad = await failing();
    const good = await passing();
    world.registry.putManifest(REPOSITORY, good.bytes, good.mediaType, nameOf(bad));
    await pass(40 * MINUTE, MINUTE);
    expect(tags()[nameOf(bad)]).toBe(bad.digest);
    expect(told('false-mark', bad)).toBe(1);
  });

  it('is judged like any other, though nothing else announced it', async () => {
    const { world, push, settle, failing, tags } = await open();
    const bad = await failing();
    const hidden = putImage(world.registry);
    await push(hidden, nameOf(bad));
    await settle();
    expect(tags()).toMatchObject({ [nameOf(bad)]: bad.digest, [nameOf(hidden)]: hidden.digest });
  });

  it('again and again is undone three times an hour and told once', async () => {
    const { world, push, settle, failing, passing, tags, told, writes, pass } = await open();
    const bad = await failing();
    const good = await passing();
    const before = writes();
    for (let n = 0; n < 10; n++) {
      await push(good, nameOf(bad));
      await world.advance(20_000);
    }
    expect(writes() - before).toBe(6);
    expect(told('false-mark')).toBe(1);
    await pass(HOUR + 5 * MINUTE, MINUTE);
    await settle();
    expect(tags()[nameOf(bad)]).toBe(bad.digest);
  });

  it('leaves the quarantine of that image in time, though it used up what may be undone for it', async () => {
    const { world, push, settle, tags } = await open({ policy: WITHOUT_GRACE.replace('grace: 0s', 'grace: 2m') });
    const image = putImage(world.registry);
    for (let n = 0; n < 5; n++) await push(image, `quarantined-${String(n).repeat(64)}`);
    await push(image, 'v1');
    await settle();
    expect(tags()[nameOf(image)]).toBe(image.digest);
  });

  it('that shares its short name with it does not keep that name', async () => {
    const { world, push, settle, tags } = await open({ quarantine: { tag: 'quarantined-{digest12}' } });
    for (const blob of NAMESAKE_BLOBS) world.registry.putBlob(blob);
    const put = (at: 0 | 1) => world.registry.putManifest(REPOSITORY, NAMESAKES[at].bytes, NAMESAKES[at].mediaType);
    const [first, second] = [put(0), put(1)];
    await push(first, 'v1');
    await settle();
    const short = nameOf(first).slice(0, 'quarantined-'.length + 12);
    expect(tags()[short]).toBe(first.digest);
    await push(second, short);
    await settle();
    expect(tags()).toEqual({ v1: first.digest, [short]: first.digest, [nameOf(second)]: second.digest });
  });

  it('is undone under a name of an earlier template, too', async () => {
    const { world, driver, push, settle, failing, passing, tags } = await open();
    const bad = await failing();
    const good = await passing();
    world.configure({ quarantine: { tag: 'held-{digest}' } });
    driver.restart();
    await push(good, nameOf(bad));
    await settle();
    expect(tags()[nameOf(bad)]).toBe(bad.digest);
  });

  it('is told and left alone where Lazaret only observes', async () => {
    const { world, driver, push, settle, failing, passing, told, writes } = await open();
    const bad = await failing();
    const good = await passing();
    world.configure({ quarantine: { mode: 'observe' } });
    driver.restart();
    const before = writes();
    await push(good, nameOf(bad));
    await settle();
    expect([told('false-mark'), writes() - before]).toEqual([1, 0]);
  });

  it('that the event only claims changes nothing and is told to nobody', async () => {
    const { driver, settle, failing, passing, told, writes } = await open();
    const bad = await failing();
    const good = await passing();
    const before = writes();
    await driver.deliver(pushOf(good, nameOf(bad)));
    await settle();
    expect([told('false-mark'), writes() - before]).toEqual([0, 0]);
  });
});

describe('P4: a passing image pushed under its own mark', () => {
  it.each([
    ['when it had passed before', true],
    ['at its first push', false],
  ])('loses it again, and people are told: %s', async (_, passedBefore) => {
    const { world, push, settle, passing, tags, told, verdicts, lastWord } = await open();
    const signed = () => {
      const image = putImage(world.registry);
      sign(world, image);
      return image;
    };
    const good = passedBefore ? await passing() : signed();
    await push(good, nameOf(good));
    await settle();
    expect(tags()[nameOf(good)]).toBeUndefined();
    expect(told('false-mark', good)).toBe(1);
    expect(lastWord()?.reason).toContain('which is not quarantined');
    expect(await verdicts(good)).toMatchObject([{ outcome: 'pass', mark: 'none' }]);
  });

  it('after a release as before it', async () => {
    const { world, push, settle, failing, tags, told } = await open();
    const image = await failing();
    await push(sign(world, image), null);
    await settle();
    expect(tags()[nameOf(image)]).toBeUndefined();
    await push(image, nameOf(image));
    await settle();
    expect(tags()[nameOf(image)]).toBeUndefined();
    expect(told('false-mark', image)).toBe(1);
  });

  it('points to an artifact that says "no mark" where tags cannot be deleted, and that is no image', async () => {
    const { push, settle, passing, tags, told, lastWord, writes } = await open({ registry: { deletesTags: false } });
    const good = await passing();
    await push(good, nameOf(good));
    await settle();
    expect(tags()[nameOf(good)]).toBe(noMarkArtifact().digest);
    expect(lastWord()?.action.sentence).toContain('says "no mark"');
    const before = writes();
    await settle();
    expect([told('false-mark'), writes() - before]).toEqual([1, 0]);
  });

  it('while it fails keeps it, for it is its own', async () => {
    const { world, push, settle, tags, told, verdicts } = await open();
    const bad = putImage(world.registry);
    await push(bad, nameOf(bad));
    await settle();
    expect(tags()).toEqual({ [nameOf(bad)]: bad.digest });
    expect(told('false-mark')).toBe(0);
    expect(await verdicts(bad)).toMatchObject([{ mark: 'quarantined' }]);
  });
});

describe('P4: an image pushed under a name that is no image’s mark', () => {
  it('loses it, whatever its verdict', async () => {
    const { push, settle, failing, passing, tags, told } = await open();
    for (const image of [await failing(), await passing()]) {
      const nobodys = `quarantined-${'5'.repeat(64)}`;
      await push(image, nobodys);
      await settle();
      expect(tags()[nobodys]).toBeUndefined();
    }
    expect(told('false-mark')).toBe(1);
  });

  it('where the registry refuses, people are told that it stands', async () => {
    const { world, push, passing, told, lastWord } = await open();
    const good = await passing();
    const refused = new FaultError('TAG_WRITE_REFUSED', 'the registry answered 403 DENIED', { retryable: false });
    world.registry.failOn('DELETE', refused);
    await push(good, nameOf(good));
    expect(told('false-mark')).toBe(1);
    expect(lastWord()?.action).toMatchObject({ kind: 'held' });
    expect(lastWord()?.action.sentence).toContain('403 DENIED');
  });

  it('in the shape of a tag of somebody else’s is left alone', async () => {
    const { push, settle, passing, tags } = await open();
    const good = await passing();
    for (const tag of ['quarantined-by-hand', `quarantined-${'5'.repeat(12)}`, `v1-quarantined-${'5'.repeat(64)}`]) {
      await push(good, tag);
      await settle();
      expect(tags()[tag]).toBe(good.digest);
    }
  });
});
