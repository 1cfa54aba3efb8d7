import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { breakerOf } from '../../support/breaker-limits.ts';
import { putImage } from '../../support/memory-artifacts.ts';
import type { StoredManifest } from '../../support/memory-registry.ts';
import { openPipelineRecords, type PipelineRecords } from '../../support/pipeline/pipeline-records.ts';
import { WITHOUT_GRACE } from '../../support/pipeline/pipeline-world.ts';
import { openScene, type Scene } from '../../support/pipeline/scene.ts';
import { ALICE, pushOf, sign } from '../../support/pipeline/stories.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** The defaults of one registry. */
const DEFAULTS = breakerOf({ perHour: 20, share: 0.05 }, { perHour: 5, share: 0.2 });

let db: PipelineRecords;
beforeAll(async () => {
  db = await openPipelineRecords();
});
afterAll(() => db?.close());

interface Pushed {
  readonly repository: string;
  readonly image: StoredManifest;
}

interface BudgetScene extends Scene {
  /** Pushes so many images that nobody signed. */
  push(repository: string, count: number): Promise<readonly Pushed[]>;
  /** How many of these carry our tag. */
  marked(of: readonly Pushed[]): number;
}

async function openBudget(breaker = DEFAULTS): Promise<BudgetScene> {
  const scene = await openScene(db, { quarantine: { breaker } });
  const { world, driver } = scene;
  world.setPolicy(WITHOUT_GRACE);
  let serial = 0;
  return {
    ...scene,
    push: async (repository, count) => {
      const pushed: Pushed[] = [];
      for (let n = 0; n < count; n++) {
        const tag = `v${++serial}`;
        const image = putImage(world.registry, { repository, tag });
        await driver.deliver({ ...pushOf(image, tag), repository });
        pushed.push({ repository, image });
      }
      return pushed;
    },
    marked: (of) =>
      of.filter(({ repository, image: { digest } }) =>
        Object.entries(world.registry.tags(repository)).some(
          ([tag, target]) => target === digest && tag.startsWith('quarantined-'),
        ),
      ).length,
  };
}

describe('the budget of quarantines', () => {
  it('P5: 21 junk images in one repository do not stop the quarantine in another, and all of them are marked in the end', async () => {
    const { driver, push, marked, pass, world } = await openBudget();
    const junk = await push('acme/junk', 21);
    await driver.drain();
    expect(marked(junk)).toBe(5);
    const bad = await push('acme/app', 1);
    await driver.drain();
    expect(marked(bad)).toBe(1);
    const paused = world.sent.filter(({ announcement }) => announcement.kind === 'breaker-open');
    expect(paused.map(({ announcement }) => announcement.image)).toEqual(['registry.example.com/acme/junk']);
    expect(paused[0]?.announcement.action.sentence).toMatch(
      /limit of 5 quarantines in an hour in one repository is reached by registry\.example\.com\/acme\/junk/,
    );
    await pass(5 * HOUR, 5 * MINUTE);
    expect(marked(junk)).toBe(21);
    await driver.untilQuiet();
  });

  it('P5: a hundred junk images are no share of the others', async () => {
    const { driver, push, marked } = await openBudget();
    const junk = await push('acme/junk', 100);
    await driver.drain();
    const bad = await push('acme/app', 1);
    await driver.drain();
    expect([marked(junk), marked(bad)]).toEqual([5, 1]);
  });

  it('a repository of which all images fail has them quarantined', async () => {
    const { driver, push, marked } = await openBudget();
    const all = await push('acme/small', 3);
    await driver.drain();
    expect(marked(all)).toBe(3);
  });

  it('P5: junk in very many repositories stops at the limit of all; then they take turns, and nobody waits behind the thousands of another', async () => {
    const { driver, push, marked, pass, world } = await openBudget(
      breakerOf({ perHour: 3, share: 1 }, { perHour: 2, share: 1 }),
    );
    const junk: Pushed[] = [];
    for (let n = 0; n < 6; n++) junk.push(...(await push(`acme/junk-${n}`, 3)));
    await driver.drain();
    expect(marked(junk)).toBe(3);
    const named = world.sent.find(
      ({ announcement: { kind, action } }) =>
        kind === 'breaker-open' && /limit of 3 quarantines in an hour is reached/.test(action.sentence),
    );
    expect(named?.announcement.action.sentence).toMatch(
      /Most of them are in registry\.example\.com\/acme\/junk-0 \(2\), /,
    );
    const bad = await push('acme/app', 1);
    await driver.drain();
    expect(marked(bad)).toBe(0);
    // Six repositories are before it, three turns an hour: its own comes in the third, while most junk still waits.
    await pass(3 * HOUR + 20 * MINUTE, 5 * MINUTE);
    expect(marked(bad)).toBe(1);
    expect(marked(junk)).toBeLessThanOrEqual(11);
    await pass(6 * HOUR, 5 * MINUTE);
    expect(marked(junk)).toBe(junk.length);
    await driver.untilQuiet();
  });

  it('P5: what comes anew does not take the turn of what is held', async () => {
    const { driver, push, marked, pass } = await openBudget(breakerOf({ perHour: 2, share: 1 }));
    await push('acme/junk', 2);
    await driver.drain();
    const victim = await push('acme/app', 1);
    await driver.drain();
    expect(marked(victim)).toBe(0);
    for (let hours = 0; hours < 2; hours++) {
      await pass(HOUR, 10 * MINUTE);
      for (let n = 0; n < 4; n++) await push(`acme/new-${hours}-${n}`, 2);
      await driver.drain();
    }
    await pass(MINUTE, MINUTE);
    expect(marked(victim)).toBe(1);
  });

  it('within a repository the oldest come first', async () => {
    const { driver, push, marked, pass } = await openBudget();
    const first = await push('acme/junk', 8);
    await driver.drain();
    await pass(50 * MINUTE, MINUTE);
    const second = await push('acme/junk', 8);
    await driver.drain();
    expect([marked(first), marked(second)]).toEqual([5, 0]);
    await pass(15 * MINUTE, MINUTE);
    expect([marked(first), marked(second)]).toEqual([8, 2]);
  });

  it('an image of the line that passes after all leaves its place to the next', async () => {
    const { world, driver, push, marked, pass } = await openBudget();
    const junk = await push('acme/junk', 7);
    await driver.drain();
    const first = junk[5]!;
    await driver.deliver({
      ...pushOf(sign(world, first.image, ALICE, first.repository)),
      repository: first.repository,
    });
    await driver.drain();
    await pass(HOUR + 5 * MINUTE, MINUTE);
    expect([marked([first]), marked(junk)]).toEqual([0, 6]);
    await driver.untilQuiet();
  });

  it('a process that dies while it asks for the first of a line leaves the line as it was', async () => {
    const { driver, push, marked, pass, world } = await openBudget();
    const junk = await push('acme/junk', 7);
    await driver.drain();
    const { rows } = await db.pool.query(`SELECT id FROM effects WHERE turn_since IS NOT NULL AND state = 'held'`);
    expect(rows).toHaveLength(1);
    world.advance(2 * MINUTE);
    await db.records.outbox.begin(String(rows[0].id), world.now());
    driver.restart();
    await pass(HOUR + 5 * MINUTE, MINUTE);
    expect(marked(junk)).toBe(7);
  });

  it('two daemons on one record count together', async () => {
    const { driver, push, marked, world } = await openBudget();
    const junk = await push('acme/junk', 30);
    const processes = [driver.process(), world.start()];
    const work = async (n: number) => {
      for (let job = world.queue.take(); job !== undefined; job = world.queue.take()) {
        await processes[n % 2]?.work(job);
        world.queue.end(job);
      }
    };
    await Promise.all([0, 1, 2, 3].map(work));
    await work(0);
    expect(marked(junk)).toBeLessThanOrEqual(5);
    expect(marked(junk)).toBeGreaterThan(0);
  });

  it('what was held when the daemon was upgraded is taken up as well', async () => {
    const { driver, push, marked, pass } = await openBudget();
    const junk = await push('acme/junk', 8);
    await driver.drain();
    await db.pool.query(
      `UPDATE effects SET limited_by = NULL, turn_since = NULL, due_at = created_at + interval '5 minutes' WHERE state = 'held'`,
    );
    await pass(2 * HOUR, MINUTE);
    expect(marked(junk)).toBe(8);
  });
});

describe('what a person lets go', () => {
  const resume = async (world: Scene['world'], ids?: readonly string[]) => {
    const { held } = await db.records.held.readHeld({ limit: 500 });
    const given = { by: 'alice', now: world.now() };
    return db.records.held.resume(ids ?? held.map(({ id }) => id), given);
  };

  it('L9: is written at the pace of all, however few its repository may have, and in the order it came', async () => {
    const { world, driver, push, marked, pass } = await openBudget(
      breakerOf({ perHour: 10, share: 0.05 }, { perHour: 2, share: 0.2 }),
    );
    const junk = await push('acme/junk', 30);
    await driver.drain();
    expect(marked(junk)).toBe(2);
    expect(await resume(world)).toBe(28);
    await pass(10 * MINUTE, MINUTE);
    expect([marked(junk), marked(junk.slice(0, 10))]).toEqual([10, 10]);
    await pass(HOUR, MINUTE);
    expect(marked(junk)).toBe(20);
    await pass(HOUR, MINUTE);
    expect(marked(junk)).toBe(30);
    await driver.untilQuiet();
  });

  it('I2: is compared with its verdict all the same: what passes by then is never marked', async () => {
    const { world, driver, push, marked, pass } = await openBudget(breakerOf({ perHour: 1, share: 1 }));
    const junk = await push('acme/junk', 3);
    await driver.drain();
    await resume(world);
    const signed = junk[2]!;
    await driver.deliver({
      ...pushOf(sign(world, signed.image, ALICE, signed.repository)),
      repository: signed.repository,
    });
    await driver.drain();
    await pass(3 * HOUR, 5 * MINUTE);
    expect(marked(junk)).toBe(2);
    expect(marked([signed])).toBe(0);
  });

  it('E2: what fails afterwards is held as before', async () => {
    const { world, driver, push, marked, pass } = await openBudget();
    const junk = await push('acme/junk', 7);
    await driver.drain();
    await resume(world);
    await pass(2 * MINUTE, MINUTE);
    const more = await push('acme/junk', 3);
    await driver.drain();
    expect([marked(junk), marked(more)]).toEqual([7, 0]);
  });

  it('is on record with who let it go, once, and nobody hears that the breaker is open because of it', async () => {
    const { world, driver, push, pass } = await openBudget(breakerOf({ perHour: 2, share: 1 }));
    await push('acme/junk', 6);
    await push('acme/app', 1);
    await driver.drain();
    const { held } = await db.records.held.readHeld({ limit: 500 });
    expect(held).toHaveLength(5);
    const told = world.sent.filter(({ announcement }) => announcement.kind === 'breaker-open').length;
    expect(await resume(world)).toBe(5);
    expect(await resume(world)).toBe(0);
    await pass(50 * MINUTE, 10 * MINUTE);
    expect(world.sent.filter(({ announcement }) => announcement.kind === 'breaker-open')).toHaveLength(told);
    const [entry, ...others] = await db.records.audit.readAudit(10);
    expect(others).toEqual([]);
    expect(entry).toMatchObject({ by: 'alice', act: 'resume', about: { quarantines: 5 } });
    const { held: left } = await db.records.held.readHeld({ limit: 2 });
    expect(left.map(({ resumedBy }) => resumedBy)).toEqual(['alice', 'alice']);
  });
});
