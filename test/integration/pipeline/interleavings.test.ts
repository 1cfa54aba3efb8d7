import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { digestHex } from '../../../src/domain/digest.ts';
import { FaultError } from '../../../src/kit/errors.ts';
import { putBundle, putImage, REPOSITORY } from '../../support/memory-artifacts.ts';
import type { StoredManifest } from '../../support/memory-registry.ts';
import { createInterleaving } from '../../support/pipeline/interleave.ts';
import { openPipelineRecords, type PipelineRecords } from '../../support/pipeline/pipeline-records.ts';
import { createPipelineWorld, type PipelineWorld, POLICY } from '../../support/pipeline/pipeline-world.ts';
import { createDriver } from '../../support/pipeline/run-to-quiet.ts';
import { ALICE, MALLORY, pushOf, sign } from '../../support/pipeline/stories.ts';

const RUNS = Number(process.env['LAZARET_INTERLEAVINGS'] ?? 25);
/** Calls until one of the processes is killed, where one is: about as many as an image takes. */
const KILL_WITHIN = 60;
/** The first minutes in steps, so that looks, retries and leases come due while all are at work. */
const CLOCK_STEPS_MS = [15_000, 15_000, 31_000, 15_000, 46_000];

let db: PipelineRecords;
beforeAll(async () => {
  db = await openPipelineRecords();
});
afterAll(() => db?.close());

/** What a scene is made of; `happen` lets something happen at a moment of the order's choosing. */
interface Scene {
  readonly world: PipelineWorld;
  readonly image: StoredManifest;
  happen(name: string, work: () => Promise<void> | void): void;
}

/** How it ended. */
interface Outcome {
  readonly outcome: string;
  readonly mark: string;
  readonly tag: string | undefined;
  readonly puts: number;
  /** The kind of the newest notice. */
  readonly lastWord: string | undefined;
  /** Notices by kind. */
  readonly told: Readonly<Record<string, number>>;
  readonly unknown: number;
}

/** Two processes, each with its sweeper, and the scene, woven by the order; then one process until all is quiet. */
async function live(order: Order, scene: (scene: Scene) => void): Promise<Outcome> {
  await db.empty();
  let refusals = order.refusals;
  const world = createPipelineWorld({
    records: db.records,
    key: ALICE.pem,
    sinkIds: ['slack'],
    beforeNotice: () => {
      if (refusals-- > 0) throw new FaultError('SINK_UNREACHABLE', 'the sink is away', { retryable: true });
    },
  });
  const image = putImage(world.registry, { tag: 'v1' });
  let calls = 0;
  const weave = createInterleaving((count) => {
    if (++calls === order.kill) weave.kill('a');
    return Number(order.choices.next().value) % count;
  });
  for (const name of ['a', 'b']) {
    const process = world.start(weave.gateOf(name));
    weave.act(async () => {
      for (let round = 0; round < 4; round++) {
        await process.sweep();
        for (let job = world.queue.take(); job !== undefined; job = world.queue.take()) {
          await process.work(job).catch(() => undefined);
          world.queue.end(job);
        }
      }
    });
  }
  const outside = weave.gateOf('outside');
  const happen: Scene['happen'] = (name, work) => weave.act(() => outside(name, async () => work()));
  scene({ world, image, happen });
  for (const ms of CLOCK_STEPS_MS) happen(`clock +${ms}`, () => world.advance(ms));
  await weave.run();
  world.queue.wipe();
  try {
    await createDriver(world, db.pool).untilQuiet();
    return { ...(await read(world, image)), unknown: order.kill === undefined ? 0 : 1 };
  } catch (error) {
    throw new Error(`in this order:\n${weave.trace.join('\n')}`, { cause: error });
  }
}

async function read(world: PipelineWorld, image: StoredManifest): Promise<Omit<Outcome, 'unknown'>> {
  const { rows } = await db.pool.query<{ outcome: string; mark: string }>(
    `SELECT v.outcome, s.mark FROM subjects s JOIN verdicts v ON v.subject_id = s.id AND v.is_current AND v.final
     WHERE s.digest = $1`,
    [image.digest],
  );
  expect(rows, 'I1: one current, final verdict').toHaveLength(1);
  const tag = `quarantined-${digestHex(image.digest)}`;
  const told: Record<string, number> = {};
  for (const { announcement } of world.sent) told[announcement.kind] = (told[announcement.kind] ?? 0) + 1;
  return {
    outcome: rows[0]?.outcome ?? '',
    mark: rows[0]?.mark ?? '',
    tag: world.registry.tags(REPOSITORY)[tag],
    puts: world.registry.requests.filter((line) => line === `PUT ${REPOSITORY} manifests/${tag}`).length,
    lastWord: world.sent.at(-1)?.announcement.kind,
    told,
  };
}

async function announce(world: PipelineWorld, pushed: StoredManifest, tag: string | null = null): Promise<void> {
  await world.start().receive([pushOf(pushed, tag)]);
}

/** An order of steps, and when the first process dies in it. */
interface Order {
  readonly choices: Iterator<number>;
  readonly kill: number | undefined;
  /** How many notices the sink refuses at first. */
  readonly refusals: number;
}

const ORDERS: fc.Arbitrary<Order> = fc.record({
  choices: fc.infiniteStream(fc.nat(1_000)),
  kill: fc.option(fc.integer({ min: 1, max: KILL_WITHIN }), { nil: undefined }),
  refusals: fc.nat(2),
});

function inAnyOrder(title: string, check: (order: Order) => Promise<void>): void {
  it(title, () => fc.assert(fc.asyncProperty(ORDERS, check), { numRuns: RUNS }), 600_000);
}

function expectOnce(count: number | undefined, unknown: number, what: string): void {
  expect(count ?? 0, what).toBeGreaterThanOrEqual(1);
  expect(count ?? 0, what).toBeLessThanOrEqual(1 + unknown);
}

describe('in whatever order two processes come to it, one of them killed or not', () => {
  inAnyOrder('I3, I4, A2: an image signed by a stranger gets one tag and one message', async (order) => {
    const end = await live(order, ({ world, image, happen }) => {
      sign(world, image, MALLORY);
      for (const tag of ['v1', 'v1', 'v2']) happen('event', () => announce(world, image, tag));
    });
    expect(end).toMatchObject({ outcome: 'fail-evidence', mark: 'quarantined' });
    expect(end.tag).toBeDefined();
    expectOnce(end.puts, end.unknown, 'I3: tags written');
    expectOnce(end.told['failed'], end.unknown, 'I4: "failed"');
  });

  inAnyOrder(
    'I2: an image that is signed at any moment ends without our tag, and people hear the last word last',
    async (order) => {
      const end = await live(order, ({ world, image, happen }) => {
        happen('event', () => announce(world, image, 'v1'));
        happen('signature', () => announce(world, sign(world, image)));
      });
      expect(end).toMatchObject({ outcome: 'pass', tag: undefined });
      expect(end.mark).not.toBe('quarantined');
      expect(end.puts).toBeLessThanOrEqual(1 + end.unknown);
      if (end.told['failed'] !== undefined) expectOnce(end.told['resolved'], end.unknown, 'I4: "resolved"');
      expect(end.lastWord).not.toBe('failed');
    },
  );

  inAnyOrder('I2: an image of a stranger that its owner signs at any moment ends without our tag', async (order) => {
    const end = await live(order, ({ world, image, happen }) => {
      sign(world, image, MALLORY);
      happen('event', () => announce(world, image, 'v1'));
      happen('signature', () => announce(world, sign(world, image)));
    });
    expect(end).toMatchObject({ outcome: 'pass', tag: undefined });
    expect(end.mark).not.toBe('quarantined');
    expect(end.puts).toBeLessThanOrEqual(1 + end.unknown);
    if (end.told['failed'] !== undefined) expectOnce(end.told['resolved'], end.unknown, 'I4: "resolved"');
    expect(end.lastWord).not.toBe('failed');
  });

  inAnyOrder('a change of policy and trust repeats neither tag nor message', async (order) => {
    const end = await live(order, ({ world, image, happen }) => {
      sign(world, image, MALLORY);
      happen('event', () => announce(world, image, 'v1'));
      happen('policy', () => world.setPolicy(POLICY.replace('name: acme', 'name: acme-apps')));
      happen('trust', () => world.setTrustEpoch(2));
    });
    expect(end).toMatchObject({ outcome: 'fail-evidence', mark: 'quarantined' });
    expectOnce(end.puts, end.unknown, 'I3: tags written');
    expectOnce(end.told['failed'], end.unknown, 'I4: "failed"');
  });

  inAnyOrder('I2: a passing image stays untouched, whatever is attached to it and changes meanwhile', async (order) => {
    const end = await live(order, ({ world, image, happen }) => {
      sign(world, image);
      happen('event', () => announce(world, image, 'v1'));
      happen('garbage', () => announce(world, putBundle(world.registry, image, '{"garbage":1}')));
      happen('stranger', () => announce(world, sign(world, image, MALLORY)));
      happen('policy', () => world.setPolicy(POLICY.replace('name: acme', 'name: acme-apps')));
      happen('trust', () => world.setTrustEpoch(2));
    });
    expect(end).toMatchObject({ outcome: 'pass', mark: 'none', tag: undefined, puts: 0, told: {} });
  });

  inAnyOrder('a release by hand at any moment after the verdict holds', async (order) => {
    let asked = false;
    const end = await live(order, ({ world, image, happen }) => {
      sign(world, image, MALLORY);
      happen('event', () => announce(world, image, 'v1'));
      for (const n of [1, 2, 3]) {
        happen(`by hand ${n}`, async () => {
          if (await byHand(world, image, 'release')) asked = true;
        });
      }
      happen('trust', () => world.setTrustEpoch(2));
    });
    expect(end.outcome).toBe('fail-evidence');
    expect(end.mark).toBe(asked ? 'released' : 'quarantined');
    expect(end.tag === undefined).toBe(asked);
    expectOnce(end.told['failed'], end.unknown, 'I4: "failed"');
  });

  inAnyOrder('I2: a quarantine by hand at any moment does not outlive the signature', async (order) => {
    const end = await live(order, ({ world, image, happen }) => {
      happen('event', () => announce(world, image, 'v1'));
      for (const n of [1, 2]) happen(`by hand ${n}`, async () => void (await byHand(world, image, 'quarantine')));
      happen('signature', () => announce(world, sign(world, image)));
    });
    expect(end).toMatchObject({ outcome: 'pass', tag: undefined });
    expect(end.mark).not.toBe('quarantined');
  });
});

/** As the command line does it; `false` where it is refused, for there is no verdict yet or it passes. */
async function byHand(world: PipelineWorld, image: StoredManifest, kind: 'quarantine' | 'release'): Promise<boolean> {
  const subject = { registryId: 'prod', repository: REPOSITORY, digest: image.digest };
  const tag = `quarantined-${digestHex(image.digest)}`;
  const request = { now: world.now(), tag, by: 'alice', effects: [] };
  return db.records.manual.request(subject, kind, request).then(
    () => true,
    () => false,
  );
}
