import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { putImage, putIndex, REPOSITORY } from '../../support/memory-artifacts.ts';
import type { StoredManifest } from '../../support/memory-registry.ts';
import { openPipelineRecords, type PipelineRecords } from '../../support/pipeline/pipeline-records.ts';
import { type PipelineWorld, POLICY, WITHOUT_GRACE } from '../../support/pipeline/pipeline-world.ts';
import { openScene, type Scene } from '../../support/pipeline/scene.ts';
import { MALLORY, pushOf, sign } from '../../support/pipeline/stories.ts';

const HOUR = 3_600_000;

let db: PipelineRecords;
beforeAll(async () => {
  db = await openPipelineRecords();
});
afterAll(() => db?.close());

/** Something that somebody inside deletes, and the event of it. */
interface Deletion {
  readonly name: string;
  remove(world: PipelineWorld): { readonly digest: StoredManifest['digest'] | null; readonly tag: string | null };
  /** Whether what is left proves less than before. */
  readonly takesProof?: true;
}

/** What lies in the registry, how it is announced, and how each of it must end that is still there. */
interface Tale {
  readonly good: readonly StoredManifest[];
  readonly bad: readonly StoredManifest[];
  /** Without a tag of its own: it stands behind the mark of an index while that is there. */
  readonly hidden?: readonly { readonly part: StoredManifest; readonly index: StoredManifest }[];
  readonly deletions: readonly Deletion[];
  /** In this order; the daemon comes to rest after each. */
  readonly pushes: readonly { readonly pushed: StoredManifest; readonly tag?: string }[];
}

const manifest = (name: string, { digest }: StoredManifest): Deletion => ({
  name,
  remove: ({ registry }) => {
    registry.removeManifest(digest);
    return { digest, tag: null };
  },
});

const blobs = (name: string, { digest, bytes }: StoredManifest): Deletion => ({
  name,
  remove: ({ registry }) => {
    const { layers } = JSON.parse(Buffer.from(bytes).toString('utf8'));
    for (const layer of layers) registry.removeBlob(layer.digest);
    return { digest, tag: null };
  },
});

const tag = (name: string): Deletion => ({
  name: `the tag ${name}`,
  remove: ({ registry }) => {
    registry.removeTag(REPOSITORY, name);
    return { digest: null, tag: name };
  },
});

const TALES: readonly [string, string, (world: PipelineWorld) => Tale][] = [
  [
    'a signed image',
    WITHOUT_GRACE,
    (world) => {
      const image = putImage(world.registry, { tag: 'v1' });
      const evidence = sign(world, image);
      return {
        good: [image],
        bad: [],
        deletions: [
          manifest('the image', image),
          tag('v1'),
          { ...manifest('its evidence', evidence), takesProof: true },
          { ...blobs('what its evidence holds', evidence), takesProof: true },
        ],
        pushes: [{ pushed: image, tag: 'v1' }, { pushed: evidence }],
      };
    },
  ],
  [
    'an image of a stranger',
    WITHOUT_GRACE,
    (world) => {
      const image = putImage(world.registry, { tag: 'v1' });
      const evidence = sign(world, image, MALLORY);
      const mark: Deletion = {
        ...manifest('the mark', image),
        remove: (at) => tag(markNameOf(at, image) ?? 'none').remove(at),
      };
      return {
        good: [],
        bad: [image],
        deletions: [
          manifest('the image', image),
          tag('v1'),
          mark,
          manifest('its evidence', evidence),
          blobs('what its evidence holds', evidence),
        ],
        pushes: [{ pushed: image, tag: 'v1' }, { pushed: evidence }],
      };
    },
  ],
  [
    'a signed index',
    POLICY,
    (world) => {
      const parts = [putImage(world.registry), putImage(world.registry, { tag: 'v1-arm64' })] as const;
      const index = putIndex(world.registry, parts, 'v1');
      const evidence = sign(world, index);
      return {
        good: [index, ...parts],
        bad: [],
        deletions: [
          { ...manifest('the index', index), takesProof: true },
          manifest('a part', parts[0]),
          manifest('a tagged part', parts[1]),
          { ...manifest('its evidence', evidence), takesProof: true },
        ],
        pushes: [{ pushed: parts[0] }, { pushed: parts[1], tag: 'v1-arm64' }, { pushed: index, tag: 'v1' }],
      };
    },
  ],
  [
    'an unsigned index',
    WITHOUT_GRACE,
    (world) => {
      const parts = [putImage(world.registry), putImage(world.registry, { tag: 'v1-arm64' })] as const;
      const index = putIndex(world.registry, parts, 'v1');
      return {
        good: [],
        bad: [index, parts[1]],
        hidden: [{ part: parts[0], index }],
        deletions: [manifest('the index', index), manifest('a part', parts[0]), manifest('a tagged part', parts[1])],
        pushes: [{ pushed: index, tag: 'v1' }, { pushed: parts[0] }, { pushed: parts[1], tag: 'v1-arm64' }],
      };
    },
  ],
];

function markNameOf({ registry }: PipelineWorld, image: StoredManifest): string | undefined {
  const tags = Object.entries(registry.tags(REPOSITORY));
  return tags.find(([name, digest]) => name.startsWith('quarantined-') && digest === image.digest)?.[0];
}

function isThere({ registry }: PipelineWorld, image: StoredManifest): Promise<boolean> {
  return registry.reader.readManifest(REPOSITORY, { digest: image.digest }).then((found) => found !== null);
}

/** Lives a tale with a deletion before the nth call that others could see; a day later nothing may be amiss. */
async function live(policy: string, make: (world: PipelineWorld) => Tale, deletion: number, at: number) {
  let calls = 0;
  let strike: (() => Promise<void>) | undefined;
  const scene = await openScene(db, {
    policy,
    beforeCall: async (name) => {
      if (!/^(reader|writer|subjects\.(decide|conclude))/.test(name)) return;
      if (++calls === at) await strike?.();
    },
  });
  const { world, driver } = scene;
  const tale = make(world);
  const chosen = tale.deletions[deletion];
  strike = async () => {
    const gone = chosen?.remove(world);
    // Every other registry says nothing of it.
    if (gone && at % 2 === 0)
      await world.start().receive([{ ...pushOf(tale.pushes[0]?.pushed as StoredManifest), ...gone, kind: 'delete' }]);
  };
  for (const { pushed, tag: name = null } of tale.pushes) {
    await driver.deliver(pushOf(pushed, name));
    await driver.drain();
  }
  await driver.untilQuiet();
  strike = undefined;
  const seen = calls;
  await scene.pass(2 * HOUR, HOUR);
  await scene.pass(25 * HOUR, 25 * HOUR);
  await driver.untilQuiet();
  return { seen, wrong: await findWrong(scene, tale, chosen?.takesProof === true) };
}

async function findWrong({ world, verdicts }: Scene, tale: Tale, proofIsGone: boolean): Promise<readonly string[]> {
  const wrong: string[] = [];
  const check = async (image: StoredManifest, isRight: boolean, what: string) => {
    if (!isRight) wrong.push(`${what}: ${JSON.stringify(await verdicts(image))}`);
  };
  for (const image of tale.good.filter(() => !proofIsGone)) {
    const there = await isThere(world, image);
    await check(image, markNameOf(world, image) === undefined, 'a good image is marked');
    const [verdict] = await verdicts(image);
    await check(image, !there || verdict?.outcome === 'pass', 'a good image does not pass');
  }
  for (const image of tale.bad) {
    const isMarked = markNameOf(world, image) !== undefined;
    const [verdict] = await verdicts(image);
    await check(image, isMarked === (await isThere(world, image)), 'a bad image carries no mark');
    await check(image, isMarked === (verdict?.mark === 'quarantined'), 'the record does not say how it is');
  }
  for (const { part, index } of tale.hidden ?? []) {
    const isBare = (await isThere(world, part)) && !(await isThere(world, index));
    await check(part, !isBare || markNameOf(world, part) !== undefined, 'a part of nothing carries no mark');
  }
  return wrong;
}

describe('P11: deletion between any two steps lets nothing pass, leaves nothing open and marks nothing good', () => {
  it.each(TALES)(
    '%s',
    async (_, policy, make) => {
      const undisturbed = await live(policy, make, -1, 0);
      expect(undisturbed.wrong).toEqual([]);
      const { world } = await openScene(db, { policy });
      const all: string[] = [];
      for (const [which, { name }] of make(world).deletions.entries()) {
        for (let at = 1; at <= undisturbed.seen; at++) {
          const { wrong } = await live(policy, make, which, at).catch((error: Error) => ({ wrong: [error.message] }));
          all.push(...wrong.map((each) => `${name}, before call ${at}: ${each}`));
        }
      }
      expect(all).toEqual([]);
    },
    300_000,
  );
});

it('P11: the parts of an index that carried their mark are marked themselves as soon as it is deleted', async () => {
  const { world, driver, verdicts } = await openScene(db, { policy: WITHOUT_GRACE });
  const part = putImage(world.registry);
  const index = putIndex(world.registry, [part], 'v1');
  await driver.deliver(pushOf(index, 'v1'));
  await driver.deliver(pushOf(part));
  await driver.untilQuiet();
  expect(await verdicts(part)).toMatchObject([{ outcome: 'fail-missing', mark: 'none' }]);
  expect(await verdicts(index)).toMatchObject([{ outcome: 'fail-missing', mark: 'quarantined' }]);
  world.registry.removeManifest(index.digest);
  await driver.deliver({ ...pushOf(index), kind: 'delete' });
  await driver.untilQuiet();
  expect(await verdicts(part)).toMatchObject([{ outcome: 'fail-missing', mark: 'quarantined' }]);
  expect(markNameOf(world, part)).toBeDefined();
});

it('P11: a mark that is taken off as soon as it is put is back within a minute', async () => {
  const { world, driver, pass } = await openScene(db, { policy: WITHOUT_GRACE });
  const image = putImage(world.registry, { tag: 'v1' });
  await driver.deliver(pushOf(image, 'v1'));
  await driver.untilQuiet();
  const mark = markNameOf(world, image) ?? '';
  world.registry.removeTag(REPOSITORY, mark);
  await driver.deliver({ ...pushOf(image), digest: null, tag: mark, kind: 'delete' });
  await pass(60_000);
  expect(markNameOf(world, image)).toBe(mark);
});
