import pino from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Announcement } from '../../../src/domain/announcement.ts';
import { FaultError } from '../../../src/kit/errors.ts';
import { sendBaselines } from '../../../src/pipeline/act/send-baselines.ts';
import { watchAnnouncements } from '../../../src/pipeline/act/watch-announcements.ts';
import type { Concern } from '../../../src/ports/concerns.ts';
import type { Sink } from '../../../src/ports/sink.ts';
import { REPOSITORY } from '../../support/memory-artifacts.ts';
import { openSwept as openSweptOn } from '../../support/pipeline/open-swept.ts';
import { openPipelineRecords, type PipelineRecords } from '../../support/pipeline/pipeline-records.ts';
import { WITHOUT_GRACE } from '../../support/pipeline/pipeline-world.ts';
import { pushOf, sign } from '../../support/pipeline/stories.ts';
import {
  createListedRegistry,
  createSweeper,
  EVERY_MS,
  type ListedRegistry,
} from '../../support/pipeline/swept-registry.ts';
import { digestNamed } from '../../support/records/samples.ts';

let db: PipelineRecords;
beforeAll(async () => {
  db = await openPipelineRecords();
});
afterAll(() => db?.close());

const away = new FaultError('REGISTRY_UNREACHABLE', 'connection refused', { retryable: true });
const broken = new FaultError('REGISTRY_ERROR', 'the registry answered 500', { retryable: true });

const openSwept = (options?: Parameters<typeof openSweptOn>[1]) => openSweptOn(db, options);

const heads = (listed: ListedRegistry) => listed.requests.filter((line) => line.startsWith('HEAD'));

describe('a sweep', () => {
  it('finds an image that nobody announced: one verdict, one tag, one message', async () => {
    const { sweeper, put, next, puts, told, verdicts } = await openSwept();
    await sweeper().sweep();
    const image = put('v1');
    await next();
    expect(await verdicts(image)).toMatchObject([{ outcome: 'fail-missing', final: true, mark: 'quarantined' }]);
    expect([puts(image), told('failed', image)]).toEqual([1, 1]);
    await next();
    expect([puts(), told('failed')]).toEqual([1, 1]);
  });

  it('finds a tag that was moved without an event', async () => {
    const { sweeper, put, next, verdicts } = await openSwept();
    put('latest');
    await sweeper().sweep();
    const moved = put('latest');
    await next();
    expect(await verdicts(moved)).toMatchObject([{ outcome: 'fail-missing', mark: 'quarantined' }]);
  });

  it('asks once for each tag, and for nothing more where nothing has changed', async () => {
    const { sweeper, put, next, listed, world, verdicts, driver } = await openSwept();
    for (const tag of ['a', 'b', 'c', 'd', 'e']) sign(world, put(tag));
    await sweeper().sweep();
    await driver.round();
    expect(await verdicts()).toHaveLength(5);
    listed.clearRequests();
    world.registry.clearRequests();
    await next();
    expect(heads(listed)).toHaveLength(5);
    expect(listed.requests).toHaveLength(5 + 1 + 3);
    expect(world.registry.requests).toEqual([]);
    const { rows } = await db.pool.query('SELECT count(*)::int AS count FROM inbox_events');
    expect(rows).toEqual([{ count: 5 }]);
  });

  it('asks for no tag where the inventory tells digests', async () => {
    const { sweeper, put, next, listed } = await openSwept({ tellsDigests: true });
    for (const tag of ['a', 'b', 'c']) put(tag);
    await sweeper().sweep();
    await next();
    expect(heads(listed)).toEqual([]);
  });

  it('hands nothing in that a registry has announced', async () => {
    const { sweeper, next, put, driver, world, listed } = await openSwept();
    await sweeper().sweep();
    const image = put('v1');
    sign(world, image);
    await driver.deliver(pushOf(image, 'v1'));
    await driver.drain();
    world.registry.clearRequests();
    listed.clearRequests();
    await next();
    expect(world.registry.requests).toEqual([]);
    const { rows } = await db.pool.query('SELECT source_id FROM inbox_events');
    expect(rows).toEqual([{ source_id: 'hook' }]);
  });

  it('takes a signature that nobody announced for what it is: its image passes', async () => {
    const { sweeper, put, next, listed, world, verdicts, driver } = await openSwept();
    await sweeper().sweep();
    const image = put('v1');
    await next();
    const evidence = sign(world, image);
    listed.put(REPOSITORY, `sha256-${image.digest.slice(7)}`, evidence.digest);
    await next();
    await driver.round();
    expect(await verdicts(image)).toMatchObject([{ outcome: 'pass', mark: 'released' }]);
  });

  it('looks at the tags that are asked for: included, not excluded, the newest so many', async () => {
    const tags = { include: ['v*', 'latest'], exclude: ['v*-rc*'], newest: 2 };
    const { sweeper, put, listed } = await openSwept({ tags });
    for (const tag of ['v1.9', 'v1.10', 'v1.11', 'v1.12-rc1', 'build-7']) put(tag);
    await sweeper().sweep();
    expect(heads(listed)).toEqual([`HEAD ${REPOSITORY}:v1.11`, `HEAD ${REPOSITORY}:v1.10`]);
  });

  it('takes those for the newest that were pushed last, where the registry tells', async () => {
    const { sweeper, listed, driver } = await openSwept({ tellsDigests: true, tags: { newest: 2 } });
    for (const [index, tag] of ['zz', 'old', 'b', 'a'].entries()) {
      listed.put(REPOSITORY, tag, digestNamed(tag), new Date(Date.parse('2026-01-01') + index * 1000));
    }
    await sweeper().sweep();
    await driver.round();
    const { rows } = await db.pool.query(`SELECT tag, event ->> 'time' AS time FROM inbox_events ORDER BY tag`);
    expect(rows).toEqual([
      { tag: 'a', time: '2026-01-01T00:00:03.000Z' },
      { tag: 'b', time: '2026-01-01T00:00:02.000Z' },
    ]);
  });

  it('P15: a flood of tags in one repository keeps no image of another waiting', async () => {
    const { sweeper, put, listed, driver, verdicts, world } = await openSwept({ pageSize: 1000 });
    await sweeper().sweep();
    for (let n = 0; n < 300; n++) listed.put('acme/aaa', `t${n}`, digestNamed(`flood ${n}`));
    const other = put('v1', 'acme/other');
    world.advance(EVERY_MS);
    await sweeper().sweep();
    await driver.process().sweep();
    await driver.drain();
    expect(await verdicts(other)).toMatchObject([{ outcome: 'fail-missing' }]);
  });

  it('P17: repeats no name that is none, and asks for no repository that is not covered', async () => {
    const { sweeper, put, listed } = await openSwept();
    put('v1');
    for (const name of ['UPPER/case', '../../etc', 'acme/app:v1', '', 'other/app', 'x'.repeat(300)]) {
      listed.put(name, 'v1', digestNamed(name));
    }
    for (const tag of ['a b', '-x', 'x'.repeat(129), '../v1']) listed.put(REPOSITORY, tag, digestNamed(tag));
    listed.put(REPOSITORY, 'x'.repeat(128), digestNamed('long'));
    await sweeper({ covers: (repository) => repository.startsWith('acme/') }).sweep();
    expect(heads(listed)).toEqual([`HEAD ${REPOSITORY}:v1`, `HEAD ${REPOSITORY}:${'x'.repeat(128)}`]);
    expect(
      listed.requests.filter((line) => line.startsWith('tags') && !line.startsWith(`tags ${REPOSITORY} `)),
    ).toEqual([]);
  });
});

describe('a sweep that is interrupted', () => {
  it('goes on at its page after a restart, and asks for no tag again that it has seen', async () => {
    const { sweeper, put, listed, statusOf } = await openSwept({ pageSize: 1 });
    for (const name of ['acme/a', 'acme/b', 'acme/c']) for (const tag of ['v1', 'v2']) put(tag, name);
    const stop = new AbortController();
    listed.onRequest = (line) => {
      if (line === 'HEAD acme/b:v2') stop.abort();
    };
    await sweeper().sweep(stop.signal);
    listed.onRequest = undefined;
    expect(await statusOf()).toMatchObject({ isUnderWay: true });
    listed.clearRequests();
    await sweeper({ owner: 'after the restart' }).sweep();
    expect(heads(listed)).toEqual(['HEAD acme/b:v2', 'HEAD acme/c:v1', 'HEAD acme/c:v2']);
    expect(listed.requests[0]).toBe('repositories acme/a');
    expect(await statusOf()).toMatchObject({ isUnderWay: false, faults: 0 });
  });

  it.each(['receiver', 'keepTags', 'endRepository', 'turnPage', 'end'] as const)(
    'by a crash before and after %s loses nothing, and judges nothing twice',
    async (at) => {
      for (const when of ['before', 'after'] as const) {
        const { sweeper, put, listed, world, driver, verdicts, told } = await openSwept({ pageSize: 1 });
        await sweeper().sweep();
        world.advance(EVERY_MS);
        const images = ['acme/a', 'acme/b'].map((name) => put('v1', name));
        await expect(crashingSweep(at, when)).rejects.toThrow('crash');
        await sweeper().sweep();
        await driver.round();
        await driver.round();
        for (const image of images) {
          expect(await verdicts(image), `${at} ${when}`).toMatchObject([
            { outcome: 'fail-missing', mark: 'quarantined' },
          ]);
          expect(told('failed', image), `${at} ${when}`).toBe(1);
        }

        function crashingSweep(port: typeof at, moment: typeof when): Promise<number> {
          const crash = async (call: () => Promise<unknown>): Promise<never> => {
            if (moment === 'after') await call();
            throw new Error('crash');
          };
          const { sweeps } = db.records;
          const { receiver } = driver.process();
          const process =
            port === 'receiver'
              ? {
                  receiver: {
                    ...receiver,
                    receive: (...given: Parameters<typeof receiver.receive>) => crash(() => receiver.receive(...given)),
                  },
                }
              : { receiver };
          const crashing = {
            ...sweeps,
            ...(port !== 'receiver' && {
              [port]: (...given: readonly unknown[]) => crash(() => Reflect.apply(sweeps[port], sweeps, given)),
            }),
          };
          return createSweeper(world, process, { listed, records: { sweeps: crashing } }).sweep();
        }
      }
    },
  );

  it('by another process that has taken it over writes nothing more', async () => {
    const { sweeper, put, listed, world, statusOf } = await openSwept({ pageSize: 1 });
    for (const name of ['acme/a', 'acme/b']) put('v1', name);
    const second = sweeper({ owner: 'two' });
    let isTaken = false;
    listed.onRequest = async (line) => {
      if (line !== 'HEAD acme/a:v1' || isTaken) return;
      isTaken = true;
      // It hangs here for longer than its lease.
      world.advance(61_000);
      await second.sweep();
    };
    await sweeper({ owner: 'one' }).sweep();
    expect(await statusOf()).toMatchObject({ isUnderWay: false, repositories: 2, tags: 2 });
    expect(second.results).toEqual(['whole']);
  });

  it('is one of two daemons’: the other asks for nothing meanwhile', async () => {
    const { sweeper, put, listed } = await openSwept();
    for (const tag of ['a', 'b', 'c']) put(tag);
    await Promise.all([sweeper({ owner: 'one' }).sweep(), sweeper({ owner: 'two' }).sweep()]);
    expect(heads(listed)).toHaveLength(3);
    expect(listed.requests.filter((line) => line.startsWith('repositories'))).toHaveLength(1);
  });
});

describe('two daemons that are told to look at different tags', () => {
  it('are a concern, because each makes a baseline of what the other has swept; and no sweep follows at once', async () => {
    const { sweeper, put } = await openSwept();
    put('v1');
    const one = sweeper({ owner: 'one' });
    const two = sweeper({ owner: 'two', tags: { include: ['v*'], exclude: [] } });
    for (const each of [one, two]) expect(await each.sweep()).toBeLessThan(EVERY_MS);
    expect([one.concerns, two.concerns]).toEqual([[], []]);
    expect(await one.sweep()).toBe(EVERY_MS);
    const problem = expect.stringMatching(/^prod: another daemon .* `repositories` or `tags`/);
    expect(one.concerns).toMatchObject([{ id: 'sweep', kind: 'unswept', problem }]);
  });

  it('are none where both are told the same, nor is a baseline that is broken off or partial', async () => {
    const { sweeper, put, listed, next, world } = await openSwept();
    put('v1', 'acme/a');
    const [one, two] = [sweeper({ owner: 'one' }), sweeper({ owner: 'two' })];
    listed.failOn('repositories', away);
    await one.sweep();
    world.advance(60_000);
    listed.failOn('repositories', undefined);
    listed.failOn('tags acme/a', broken);
    await one.sweep();
    for (const each of [two, one, two, one]) await next(each);
    expect([...one.results, ...two.results]).toEqual([
      'broken-off',
      'partial',
      'partial',
      'partial',
      'partial',
      'partial',
    ]);
    expect([one.concerns, two.concerns]).toEqual([[], []]);
  });
});

describe('a registry that stumbles', () => {
  it('and answers all the same has one repository left out, which the next sweep comes to', async () => {
    const { sweeper, put, listed, next, statusOf, verdicts } = await openSwept();
    await sweeper().sweep();
    const image = put('v1', 'acme/a');
    const other = put('v1', 'acme/b');
    listed.failOn('tags acme/a', broken);
    const sweep = await next();
    expect(await verdicts(image)).toEqual([]);
    expect(await verdicts(other)).toMatchObject([{ outcome: 'fail-missing' }]);
    expect(await statusOf()).toMatchObject({ faults: 1, isUnderWay: false });
    expect(sweep.results).toEqual(['partial']);
    listed.failOn('tags acme/a', undefined);
    await next();
    expect(await verdicts(image)).toMatchObject([{ outcome: 'fail-missing', mark: 'quarantined' }]);
  });

  it('at one tag has the others of its repository swept, and forgets nothing of it', async () => {
    const { sweeper, put, listed, next, verdicts } = await openSwept();
    await sweeper().sweep();
    const [bad, good] = [put('bad'), put('good')];
    listed.failOn(`HEAD ${REPOSITORY}:bad`, broken);
    await next();
    expect([(await verdicts(bad)).length, (await verdicts(good)).length]).toEqual([0, 1]);
    listed.failOn(`HEAD ${REPOSITORY}:bad`, undefined);
    await next();
    expect(await verdicts(bad)).toMatchObject([{ outcome: 'fail-missing', mark: 'quarantined' }]);
  });

  it('dies in the middle: its sweep stays where it is, waits longer each time, and goes on there', async () => {
    const { sweeper, put, listed, world, statusOf } = await openSwept({ pageSize: 1 });
    for (const name of ['acme/a', 'acme/b', 'acme/c']) put('v1', name);
    const sweep = sweeper();
    listed.onRequest = (line) => {
      if (line.startsWith('tags acme/b'))
        for (const start of ['tags', 'HEAD', 'probe', 'repositories']) listed.failOn(start, away);
    };
    await sweep.sweep();
    listed.clearRequests();
    for (let second = 0; second < 60; second++) {
      world.advance(1000);
      await sweep.sweep();
    }
    // After 5, 10 and 20 s; each time it is asked for one thing, and then whether it answers at all.
    expect(listed.requests.filter((line) => !line.startsWith('repositories'))).toEqual([]);
    expect(listed.requests).toHaveLength(3);
    listed.onRequest = undefined;
    for (const start of ['tags', 'HEAD', 'probe', 'repositories']) listed.failOn(start, undefined);
    listed.clearRequests();
    world.advance(60_000);
    await sweep.sweep();
    expect(listed.requests[0]).toBe('repositories acme/a');
    expect(await statusOf()).toMatchObject({ isUnderWay: false, faults: 0, repositories: 3 });
    expect(sweep.results.at(-1)).toBe('whole');
  });

  it('and stays away is a concern, with what to do', async () => {
    const { sweeper, listed, world } = await openSwept();
    listed.failOn('repositories', away);
    const sweep = sweeper();
    for (let minute = 0; minute < 4; minute++) {
      await sweep.sweep();
      world.advance(60_000);
    }
    expect(sweep.concerns).toEqual([]);
    await sweep.sweep();
    expect(sweep.concerns).toMatchObject([
      { id: 'sweep', kind: 'unswept', problem: 'prod: REGISTRY_UNREACHABLE: connection refused.' },
    ]);
  });

  it('asks to be left alone is left alone for as long as it says', async () => {
    const { sweeper, put, listed, world } = await openSwept();
    put('v1');
    listed.failOn(
      'HEAD',
      new FaultError('REGISTRY_RATE_LIMITED', 'too many', { retryable: true, retryAfterMs: 60_000 }),
    );
    for (const tag of ['a', 'b', 'c', 'd', 'e']) put(tag);
    const sweep = sweeper();
    await sweep.sweep();
    listed.clearRequests();
    world.advance(59_000);
    await sweep.sweep();
    expect(listed.requests).toEqual([]);
    world.advance(1_000);
    await sweep.sweep();
    expect(listed.requests.length).toBeGreaterThan(0);
  });

  it('does not delay the sweep of another', async () => {
    const { sweeper, put, listed } = await openSwept();
    put('v1');
    const hanging = createListedRegistry();
    const stop = new AbortController();
    hanging.onRequest = () =>
      new Promise((_, reject) => stop.signal.addEventListener('abort', () => reject(stop.signal.reason)));
    const stuck = sweeper({ listed: hanging, registryId: 'prod-2' }).sweep(stop.signal);
    await sweeper().sweep();
    expect(heads(listed)).toHaveLength(1);
    stop.abort();
    await stuck;
  });

  it('pages in a circle ends where the circle closes', async () => {
    const { sweeper, listed, put } = await openSwept();
    put('v1');
    const circling = {
      ...listed.inventory,
      listRepositories: async () => ({ entries: [REPOSITORY], next: 'x' }),
      listTags: async () => ({ entries: [{ tag: 'v1' }], next: 'x' }),
    };
    const sweep = sweeper({ listed: { ...listed, inventory: circling } });
    await sweep.sweep();
    expect(sweep.results).toEqual(['whole']);
  });
});

describe('an image that is not listed any more', () => {
  it('is looked at, and gone only if the registry says so', async () => {
    const { sweeper, put, listed, next, world, verdicts } = await openSwept();
    await sweeper().sweep();
    const [kept, deleted] = [put('kept'), put('deleted')];
    sign(world, kept);
    sign(world, deleted);
    await next();
    expect(await verdicts()).toMatchObject([{ outcome: 'pass' }, { outcome: 'pass' }]);
    for (const tag of ['kept', 'deleted']) listed.remove(REPOSITORY, tag);
    world.registry.removeManifest(deleted.digest);
    await next();
    expect(await verdicts(kept)).toMatchObject([{ outcome: 'pass', state: 'final' }]);
    expect(await verdicts(deleted)).toMatchObject([{ state: 'gone' }]);
  });

  it('and is there again is judged again, though its tag leads where it led', async () => {
    const { sweeper, put, listed, next, world, verdicts, driver } = await openSwept();
    await sweeper().sweep();
    const image = put('v1');
    await next();
    world.registry.removeManifest(image.digest);
    await driver.deliver({ ...pushOf(image, 'v1'), kind: 'delete' });
    await driver.round();
    expect(await verdicts(image)).toMatchObject([{ state: 'gone' }]);
    world.registry.putManifest(REPOSITORY, image.bytes, image.mediaType, 'v1');
    await next();
    expect(await verdicts(image)).toMatchObject([{ state: 'final', mark: 'quarantined' }]);
    expect(heads(listed).length).toBeGreaterThan(0);
  });
});

describe('what was there before the first sweep', () => {
  async function openBaseline(options: Parameters<typeof openSwept>[0] = {}) {
    const swept = await openSwept(options);
    const { world, put, sweeper, driver } = swept;
    const [failing, good] = [put('old'), put('good')];
    sign(world, good);
    await sweeper().sweep();
    await driver.round();
    await driver.round();
    const told: Announcement[] = [];
    const summarize = (sink?: (announcement: Announcement) => void) =>
      sendBaselines({
        baselines: db.records.baselines,
        registries: driver.process().context.registries,
        sinks: new Map([
          [
            'slack',
            {
              id: 'slack',
              kind: 'memory',
              notify: async (announcement: Announcement) => {
                sink?.(announcement);
                told.push(announcement);
              },
            },
          ],
        ]),
        turns: db.records.turns,
        clock: world.now,
        logger: pino({ level: 'silent' }),
      });
    return { ...swept, failing, good, summarize, summaries: told };
  }

  it('has its verdict on record, and no tag and no message', async () => {
    const { failing, good, verdicts, puts, world } = await openBaseline();
    expect(await verdicts(failing)).toMatchObject([{ outcome: 'fail-missing', final: true, mark: 'none' }]);
    expect(await verdicts(good)).toMatchObject([{ outcome: 'pass' }]);
    expect([puts(), world.sent]).toEqual([0, []]);
  });

  it('is told of in one summary a registry: how many, how many fail and why, and what to do', async () => {
    const { summarize, summaries, world } = await openBaseline();
    await summarize();
    await summarize();
    world.advance(2 * 3_600_000);
    await summarize();
    expect(summaries).toMatchObject([
      {
        kind: 'baseline',
        image: 'registry.example.com',
        reason: '2 images were there before Lazaret looked: 1 pass, 1 fail (1 SIGNATURE_MISSING).',
        action: { sentence: expect.stringContaining("apply --failing --repository 'registry.example.com/**'") },
      },
    ]);
  });

  it('is told of again where the sink did not take it, and not before all of it is judged', async () => {
    const { summarize, summaries } = await openBaseline();
    await expect(
      summarize(() => {
        throw new FaultError('SINK_UNREACHABLE', 'away', { retryable: true });
      }),
    ).resolves.toBeUndefined();
    await db.pool.query(`UPDATE subjects SET state = 'pending' WHERE id = (SELECT id FROM subjects LIMIT 1)`);
    await summarize();
    expect(summaries).toEqual([]);
    await db.pool.query(`UPDATE subjects SET state = 'final'`);
    await summarize();
    expect(summaries).toHaveLength(1);
  });

  it('and is pushed again is acted on as any push', async () => {
    const { failing, driver, verdicts, puts, told } = await openBaseline();
    await driver.deliver(pushOf(failing, 'old'));
    await driver.drain();
    await driver.round();
    expect(await verdicts(failing)).toMatchObject([{ mark: 'quarantined' }]);
    expect([puts(failing), told('failed', failing)]).toEqual([1, 1]);
  });

  it('and passed, and fails later, is acted on as usual', async () => {
    const { good, world, verdicts, told, pass } = await openBaseline();
    world.setPolicy(
      WITHOUT_GRACE.replace('signed by alice', 'signed by alice and listed').concat(`    - name: has a bill of materials
      attestation: { type: "https://cyclonedx.org/bom", signer: { key: alice.pub } }
`),
    );
    await pass(60_000);
    expect(await verdicts(good)).toMatchObject([{ outcome: 'fail-missing', mark: 'quarantined' }]);
    expect(told('failed', good)).toBe(1);
  });

  it('and fails stays as it is while it is only looked at again', async () => {
    const { puts, world, next } = await openBaseline();
    for (let round = 0; round < 8; round++) await next();
    expect([puts(), world.sent]).toEqual([0, []]);
  });

  it('and fails is acted on when a person asks for it, through the breaker', async () => {
    const { failing, good, puts, told, driver, world } = await openBaseline();
    const subjects = await Promise.all(
      [failing, good].map(({ digest }) =>
        db.records.inbox.findSubject({ registryId: 'prod', repository: REPOSITORY, digest }),
      ),
    );
    const known = subjects.filter((subject) => subject !== null);
    expect(await db.records.manual.endBaseline(known, world.now())).toBe(1);
    await driver.round();
    await driver.round();
    expect([puts(failing), puts(), told('failed', failing)]).toEqual([1, 1, 1]);
  });

  it('with `baseline: judge` is acted on as a push, and is not taken for one that went unheard', async () => {
    const { failing, puts, told } = await openBaseline({ baseline: 'judge' });
    expect([puts(failing), told('failed', failing)]).toEqual([1, 1]);
    const { rows } = await db.pool.query('SELECT DISTINCT found FROM inbox_events');
    expect(rows).toEqual([{ found: 'present' }]);
  });

  it('P14: a repository that appears later hides nothing in a baseline of its own', async () => {
    const { put, next, puts, told } = await openBaseline();
    const image = put('v1', 'acme/brand-new');
    await next();
    expect([puts(image), told('failed', image)]).toEqual([1, 1]);
  });
});

describe('a registry whose pushes are not announced', () => {
  async function openUnheard() {
    const swept = await openSwept();
    const { world, driver, sweeper } = swept;
    await sweeper().sweep();
    const raised: Concern[] = [];
    const sent: string[] = [];
    let count = 0;
    const sink: Sink = { id: 'slack', kind: 'memory', notify: async ({ kind }) => void sent.push(kind) };
    const watch = () =>
      watchAnnouncements({
        hearing: db.records.hearing,
        announcing: ['prod'],
        concerns: { raise: (concern) => raised.push(concern) },
        metrics: {
          unannounced: (_, found) => {
            count += found;
          },
        },
        sinks: new Map([['slack', sink]]),
        turns: db.records.turns,
        clock: world.now,
        logger: pino({ level: 'silent' }),
      });
    return { ...swept, watch, raised, sent, counted: () => count, deliver: driver.deliver };
  }

  it('is counted, once a push and after five minutes: an event that comes later than the sweep still counts', async () => {
    const { put, next, watch, world, deliver, counted } = await openUnheard();
    const late = put('late');
    put('lost');
    await next();
    await watch();
    expect(counted()).toBe(0);
    await deliver(pushOf(late, 'late'));
    world.advance(5 * 60_000);
    await watch();
    await watch();
    expect(counted()).toBe(1);
  });

  it('is told of once after several in a row, and once more when events come again', async () => {
    const { put, next, watch, world, deliver, raised, sent } = await openUnheard();
    for (const tag of ['a', 'b', 'c']) {
      put(tag);
      expect(raised).toEqual([]);
      await next();
      world.advance(5 * 60_000);
      await watch();
    }
    world.advance(3 * 3_600_000);
    await watch();
    expect(raised).toMatchObject([
      {
        id: 'prod',
        kind: 'unheard',
        problem: 'a sweep found 3 pushes that were not announced; it has never announced anything',
      },
    ]);
    expect(sent).toEqual([]);
    await deliver(pushOf(put('d'), 'd'));
    await watch();
    await watch();
    expect(sent).toEqual(['announced-again']);
    expect(raised).toHaveLength(1);
  });

  it('counts neither our own tags nor what was there before', async () => {
    const { put, next, watch, world, listed, counted, markOf } = await openUnheard();
    const image = put('v1');
    await next();
    world.advance(5 * 60_000);
    await watch();
    expect(counted()).toBe(1);
    const mark = markOf(image);
    expect(mark).toBe(image.digest);
    listed.put(REPOSITORY, `quarantined-${image.digest.slice(7)}`, image.digest);
    await next();
    world.advance(5 * 60_000);
    await watch();
    expect(counted()).toBe(1);
  });
});
