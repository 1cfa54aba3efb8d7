import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Verdict } from '../../../src/domain/verdict.ts';
import { judgeStored } from '../../../src/pipeline/judge/judge-stored.ts';
import { createPolicyWalk } from '../../../src/pipeline/judge/policy-walk.ts';
import type { StoredQuestion } from '../../../src/ports/record-judge.ts';
import { putBundle, putImage } from '../../support/memory-artifacts.ts';
import type { StoredManifest } from '../../support/memory-registry.ts';
import { openPipelineRecords, type PipelineRecords } from '../../support/pipeline/pipeline-records.ts';
import { WITHOUT_GRACE } from '../../support/pipeline/pipeline-world.ts';
import { openScene } from '../../support/pipeline/scene.ts';
import { ALICE, pushOf } from '../../support/pipeline/stories.ts';
import { createKeyPair, createSigstoreWorld } from '../../support/sigstore-world.ts';

const SIGSTORE = createSigstoreWorld();
const NAMED_OTHERWISE = WITHOUT_GRACE.replace('signed by alice', 'signed by one of us');
const WITH_SBOM = `${WITHOUT_GRACE.trimEnd()}
    - name: has an SBOM
      attestation: { type: https://cyclonedx.org/bom, signer: { key: alice.pub } }
`;
const NEVER = new AbortController().signal;

let db: PipelineRecords;
beforeAll(async () => {
  db = await openPipelineRecords();
});
afterAll(() => db?.close());

interface Options {
  /** Stands for the threads; default: what they run. */
  readonly judge?: (question: StoredQuestion) => Promise<Verdict | null>;
}

async function open({ judge = async (question) => judgeStored(question) }: Options = {}) {
  const scene = await openScene(db, { policy: WITHOUT_GRACE });
  const { world, driver } = scene;
  const asked: StoredQuestion[] = [];
  const process = world.start();
  const recordJudge = {
    judgeStored: (question: StoredQuestion) => {
      asked.push(question);
      return judge(question);
    },
  };
  const walk = createPolicyWalk({ ...process.context, outdated: db.records.outdated, recordJudge });
  const walkOver = async (): Promise<void> => {
    while (walk.isUnderWay()) await walk.step(NEVER);
  };
  await walkOver();
  const push = async (image: StoredManifest, tag: string): Promise<void> => {
    await driver.deliver({ ...pushOf(image), tag });
    await driver.untilQuiet();
  };
  const requestsDuring = async (work: () => Promise<void>): Promise<number> => {
    const before = world.registry.requests.length;
    await work();
    return world.registry.requests.length - before;
  };
  return { ...scene, registry: world.registry, process, asked, walk, walkOver, push, requestsDuring };
}

function sign(registry: Parameters<typeof putBundle>[0], image: StoredManifest, key = ALICE): void {
  putBundle(registry, image, SIGSTORE.signImageBundle({ digest: image.digest, identity: { kind: 'key', key } }));
}

describe('when policies change', () => {
  it('what still passes by the evidence on record has its new verdict without a request', async () => {
    const { registry, world, walk, walkOver, push, requestsDuring, verdicts, process } = await open();
    const image = putImage(registry);
    sign(registry, image);
    await push(image, 'v1');
    world.setPolicy(NAMED_OTHERWISE);
    expect(walk.isUnderWay()).toBe(true);
    expect(await requestsDuring(walkOver)).toBe(0);
    expect(await verdicts(image)).toMatchObject([{ outcome: 'pass', final: true }]);
    const { revision } = process.context.policies();
    const { subjects } = await db.records.query.listSubjects({ limit: 10 });
    expect(subjects.map(({ verdict }) => verdict?.policyRevision)).toContain(revision);
    expect(await requestsDuring(() => process.sweep())).toBe(0);
  });

  it('an image that passes by what is on record is released, and people hear of it', async () => {
    const { registry, world, driver, walkOver, push, markOf, told, puts } = await open();
    const image = putImage(registry);
    sign(registry, image);
    world.setPolicy(WITH_SBOM);
    await walkOver();
    await push(image, 'v1');
    expect(markOf(image)).toBe(image.digest);
    world.setPolicy(WITHOUT_GRACE);
    await walkOver();
    expect(puts(image)).toBe(1);
    await driver.untilQuiet();
    expect(markOf(image)).toBeUndefined();
    expect(told('resolved', image)).toBe(1);
  });

  it('what does not pass by the record is left to a look at the registry: evidence may lie there that nobody read', async () => {
    const { registry, world, walkOver, push, verdicts, requestsDuring, driver, asked } = await open();
    const image = putImage(registry);
    sign(registry, image);
    await push(image, 'v1');
    const bob = createKeyPair();
    sign(registry, image, bob);
    world.setPolicy(WITHOUT_GRACE, bob.pem);
    await walkOver();
    expect(asked).toHaveLength(1);
    expect(await verdicts(image)).toMatchObject([{ outcome: 'pass' }]);
    const requests = await requestsDuring(async () => {
      await driver.round();
      await driver.untilQuiet();
    });
    expect(requests).toBeGreaterThan(0);
    expect(await verdicts(image)).toMatchObject([{ outcome: 'pass', final: true }]);
  });

  it('the sweeper leaves what is outdated to the walk while it is under way', async () => {
    const { registry, world, push, process, requestsDuring } = await open();
    const image = putImage(registry);
    sign(registry, image);
    await push(image, 'v1');
    world.setPolicy(NAMED_OTHERWISE);
    expect(world.queue.size()).toBe(0);
    expect(await requestsDuring(() => process.sweep({ leaveOutdated: true }))).toBe(0);
    expect(world.queue.size()).toBe(0);
    await process.sweep();
    expect(world.queue.size()).toBe(1);
  });

  it('begins anew with other policies, and is over when there is nothing more', async () => {
    const { registry, world, walk, walkOver, push, asked } = await open();
    const image = putImage(registry);
    sign(registry, image);
    await push(image, 'v1');
    expect(walk.isUnderWay()).toBe(false);
    for (const policy of [NAMED_OTHERWISE, WITHOUT_GRACE, NAMED_OTHERWISE]) {
      world.setPolicy(policy);
      expect(walk.isUnderWay()).toBe(true);
      await walkOver();
    }
    expect(asked).toHaveLength(3);
  });

  it('a judge that fails leaves the image to the sweeper, and goes on with the next', async () => {
    let calls = 0;
    const { registry, world, walk, walkOver, push, verdicts } = await open({
      judge: async (question) => {
        calls += 1;
        if (calls === 1) throw new Error('the thread ended');
        return judgeStored(question);
      },
    });
    const images = [putImage(registry), putImage(registry)];
    for (const [index, image] of images.entries()) {
      sign(registry, image);
      await push(image, `v${index}`);
    }
    world.setPolicy(NAMED_OTHERWISE);
    await walkOver();
    expect(calls).toBe(2);
    expect(walk.isUnderWay()).toBe(false);
    for (const image of images) expect(await verdicts(image)).toMatchObject([{ outcome: 'pass' }]);
  });

  it('under another trust epoch everything is verified anew', async () => {
    const { registry, world, walkOver, push, asked } = await open();
    const image = putImage(registry);
    sign(registry, image);
    await push(image, 'v1');
    world.setTrustEpoch(2);
    world.setPolicy(NAMED_OTHERWISE);
    await walkOver();
    expect(asked).toEqual([]);
  });
});
