import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FaultError } from '../../../src/kit/errors.ts';
import { findDialect } from '../../../src/sources/dialects/dialects.ts';
import { openSwept as openSweptOn } from '../../support/pipeline/open-swept.ts';
import { openPipelineRecords, type PipelineRecords } from '../../support/pipeline/pipeline-records.ts';
import { EVERY_MS } from '../../support/pipeline/swept-registry.ts';
import { eventOf } from '../../unit/sources/dialects/fixture.ts';

let db: PipelineRecords;
beforeAll(async () => {
  db = await openPipelineRecords();
});
afterAll(() => db?.close());

const away = new FaultError('REGISTRY_UNREACHABLE', 'connection refused', { retryable: true });
const broken = new FaultError('REGISTRY_ERROR', 'the registry answered 500', { retryable: true });

/** The event of a repository in which something was pushed. */
const unnamed = (repository: string) =>
  eventOf({ kind: 'ignored', reason: 'it names no image', isUnnamed: true, repository });

/** Swept once, so that what is pushed from now on is no baseline. */
async function openAsked(options?: Parameters<typeof openSweptOn>[1]) {
  const swept = await openSweptOn(db, options);
  await swept.sweeper().sweep();
  swept.listed.clearRequests();
  const waiting = async () => {
    const { rows } = await db.pool.query(
      'SELECT repository, times, failures FROM asked_repositories ORDER BY repository',
    );
    return rows;
  };
  const sweep = async (given = swept.sweeper()) => {
    await given.sweep();
    await swept.driver.drain();
    await swept.driver.round();
    return given;
  };
  return { ...swept, waiting, sweep };
}

describe('an event that names no image', () => {
  it('has its repository looked at before the next sweep is due: one verdict, one tag, one message', async () => {
    const { put, driver, sweep, verdicts, puts, told, listed, waiting, statusOf } = await openAsked();
    const image = put('v1');
    put('v1', 'acme/other');
    await driver.deliver(unnamed('acme/app'));
    expect((await sweep()).results).toEqual(['asked seen']);
    expect(await verdicts(image)).toMatchObject([{ outcome: 'fail-missing', final: true, mark: 'quarantined' }]);
    expect([puts(image), told('failed', image)]).toEqual([1, 1]);
    expect(listed.requests).toEqual(['tags acme/app ', 'HEAD acme/app:v1']);
    expect([await waiting(), await statusOf()]).toMatchObject([[], { isUnderWay: false, tags: 0 }]);
    await sweep();
    expect(listed.requests).toHaveLength(2);
  });

  it.each([
    [
      'Nexus, of a component without a version',
      'nexus',
      { repositoryName: 'acme', action: 'UPDATED', component: { format: 'docker', name: 'app' } },
    ],
    [
      'Quay, with more tags than are read',
      'quay',
      { repository: 'acme/app', updated_tags: Array.from({ length: 300 }, (_, at) => `t${at}`) },
    ],
    [
      'Artifact Registry, with a digest that is none',
      'gar',
      { action: 'INSERT', digest: 'eu.pkg.dev/acme/app@sha256:6ec1' },
    ],
  ])('is one of %s', async (_what, dialect, body) => {
    const [event, ...more] = findDialect(dialect)({ body: Buffer.from(JSON.stringify(body)), headers: {} });
    expect(more).toEqual([]);
    const { put, driver, sweep, verdicts } = await openAsked();
    const image = put('v1');
    await driver.deliver(event!);
    await sweep();
    expect(await verdicts(image)).toMatchObject([{ outcome: 'fail-missing', mark: 'quarantined' }]);
  });

  it('finds a tag that was moved, and an image that is gone', async () => {
    const { put, driver, sweep, verdicts, listed, world } = await openAsked();
    const first = put('latest');
    await driver.deliver(unnamed('acme/app'));
    await sweep();
    const second = put('latest');
    const removed = put('old');
    await driver.deliver(unnamed('acme/app'));
    await sweep();
    expect(await verdicts(second)).toMatchObject([{ outcome: 'fail-missing', mark: 'quarantined' }]);
    expect(await verdicts(first)).toHaveLength(1);
    listed.remove('acme/app', 'old');
    world.registry.removeManifest(removed.digest);
    await driver.deliver(unnamed('acme/app'));
    await sweep();
    await driver.round();
    expect(await verdicts(removed)).toMatchObject([{ state: 'gone' }]);
  });

  it('counts what is found for it as announced', async () => {
    const { put, driver, sweep } = await openAsked();
    put('v1');
    await driver.deliver(unnamed('acme/app'));
    await sweep();
    const { rows } = await db.pool.query('SELECT source_id, state, found FROM inbox_events ORDER BY id');
    expect(rows).toEqual([
      { source_id: 'hook', state: 'ignored', found: null },
      { source_id: 'sweep', state: 'accepted', found: null },
    ]);
  });

  it('makes no news of what lay in a repository before anybody looked', async () => {
    const swept = await openSweptOn(db);
    const image = swept.put('v1');
    await swept.driver.deliver(unnamed('acme/app'));
    await swept.next();
    await swept.driver.round();
    expect(await swept.verdicts(image)).toMatchObject([{ outcome: 'fail-missing', mark: 'none' }]);
  });

  it('has nothing asked for in a repository that the sweep does not cover', async () => {
    const { sweeper, driver, put, listed, waiting } = await openAsked();
    put('v1', 'acme/other');
    await driver.deliver(unnamed('acme/other'));
    await sweeper({ covers: (name) => name === 'acme/app' }).sweep();
    expect([listed.requests, await waiting()]).toEqual([[], []]);
  });
});

describe('A17: a flood of events that name no image', () => {
  it('in one repository asks for one look', async () => {
    const { put, driver, sweep, listed, waiting } = await openAsked();
    put('v1');
    for (let n = 0; n < 50; n++) await driver.deliver(unnamed('acme/app'));
    expect(await waiting()).toEqual([{ repository: 'acme/app', times: 50, failures: 0 }]);
    await sweep();
    expect(listed.requests).toEqual(['tags acme/app ', 'HEAD acme/app:v1']);
  });

  it('has another look follow where one comes during the look', async () => {
    const { put, driver, sweep, listed, verdicts, waiting } = await openAsked();
    put('v1');
    await driver.deliver(unnamed('acme/app'));
    let isAsked = false;
    listed.onRequest = async (line) => {
      if (isAsked || line !== 'HEAD acme/app:v1') return;
      isAsked = true;
      put('v2');
      await driver.deliver(unnamed('acme/app'));
    };
    await sweep();
    expect(await verdicts()).toHaveLength(2);
    expect(listed.requests.filter((line) => line.startsWith('tags'))).toHaveLength(2);
    expect(await waiting()).toEqual([]);
  });

  it('in a thousand repositories keeps no sweep from coming through: between two of its repositories lies one look', async () => {
    const { put, driver, sweeper, listed, world, statusOf, waiting } = await openAsked();
    for (const name of ['acme/a', 'acme/b', 'acme/c']) put('v1', name);
    for (let n = 0; n < 30; n++) await driver.deliver(unnamed(`flood/f${n}`));
    world.advance(EVERY_MS);
    await sweeper().sweep();
    expect(listed.requests.filter((line) => line.startsWith('tags'))).toEqual([
      'tags acme/a ',
      'tags flood/f0 ',
      'tags acme/b ',
      'tags flood/f1 ',
      'tags acme/c ',
      'tags flood/f2 ',
    ]);
    expect(await statusOf()).toMatchObject({ isUnderWay: false, repositories: 3, found: 3, faults: 0 });
    expect(await waiting()).toHaveLength(27);
    await sweeper().sweep();
    expect(await waiting()).toHaveLength(7);
  });

  it('in a repository that takes long takes half of the time of a sweep at most', async () => {
    const { put, driver, sweeper, listed, world } = await openAsked();
    const names = Array.from({ length: 8 }, (_, at) => `acme/a${at}`);
    for (const name of names) put('v1', name);
    for (let n = 0; n < 30; n++) await driver.deliver(unnamed(`flood/f${n}`));
    const spent = { acme: 0, flood: 0 };
    listed.onRequest = (line) => {
      if (!line.startsWith('tags')) return;
      const whose = line.startsWith('tags flood') ? 'flood' : 'acme';
      const seconds = whose === 'flood' ? 20 : 5;
      spent[whose] += seconds;
      world.advance(seconds * 1000);
    };
    world.advance(EVERY_MS);
    await sweeper().sweep();
    expect(spent.acme).toBe(40);
    expect(spent.flood).toBeLessThanOrEqual(spent.acme + 20);
    expect(spent.flood).toBeGreaterThan(0);
  });

  it('keeps a sweep that becomes due waiting for one look, however long each takes', async () => {
    const { put, driver, sweeper, listed, world } = await openAsked();
    put('v1', 'acme/a');
    for (let n = 0; n < 10; n++) await driver.deliver(unnamed(`flood/f${n}`));
    listed.onRequest = (line) => {
      if (line.startsWith('tags flood')) world.advance(EVERY_MS);
    };
    const given = sweeper();
    await given.sweep();
    expect(given.results).toEqual(['asked seen']);
    listed.clearRequests();
    await given.sweep();
    expect(listed.requests.slice(0, 2)).toEqual(['repositories ', 'tags acme/a ']);
  });

  it('does not put off the sweep that is due', async () => {
    const { put, driver, sweeper, world, statusOf } = await openAsked();
    const begun = (await statusOf())?.startedAt;
    put('v1');
    for (let n = 0; n < 5; n++) {
      world.advance(EVERY_MS / 5);
      await driver.deliver(unnamed('acme/app'));
      await sweeper().sweep();
    }
    expect((await statusOf())?.startedAt).not.toEqual(begun);
  });
});

describe('a look that is interrupted', () => {
  it.each(['takeAsked', 'keepTags', 'endRepository', 'endAsked', 'letGo'] as const)(
    'by a crash before and after %s is gone through again, and judges nothing twice',
    async (at) => {
      for (const when of ['before', 'after'] as const) {
        const { put, driver, sweeper, sweep, world, verdicts, told, waiting } = await openAsked();
        const image = put('v1');
        await driver.deliver(unnamed('acme/app'));
        const { sweeps } = db.records;
        const crash = async (...given: readonly unknown[]): Promise<never> => {
          if (when === 'after') await Reflect.apply(sweeps[at], sweeps, given);
          throw new Error('crash');
        };
        await expect(sweeper({ records: { sweeps: { ...sweeps, [at]: crash } } }).sweep()).rejects.toThrow('crash');
        // Another has it when the lease is over.
        world.advance(61_000);
        await sweep(sweeper({ owner: 'two' }));
        await driver.round();
        expect(await verdicts(image), `${at} ${when}`).toMatchObject([
          { outcome: 'fail-missing', mark: 'quarantined' },
        ]);
        expect([told('failed', image), await waiting()], `${at} ${when}`).toEqual([1, []]);
      }
    },
  );

  it('by a registry that is away waits for it, and is no trouble of the sweep', async () => {
    const { put, driver, sweeper, sweep, listed, world, verdicts, waiting, statusOf } = await openAsked();
    const image = put('v1');
    await driver.deliver(unnamed('acme/app'));
    for (const what of ['tags acme/app', 'repositories']) listed.failOn(what, away);
    const hasty = sweeper();
    for (let n = 1; n <= 2; n++) {
      await sweep(hasty);
      expect(await waiting()).toMatchObject([{ failures: n }]);
      await sweep(hasty);
      expect(await waiting()).toMatchObject([{ failures: n }]);
      world.advance(300_000);
    }
    expect([hasty.results, hasty.concerns]).toEqual([[], []]);
    for (const what of ['tags acme/app', 'repositories']) listed.failOn(what, undefined);
    await sweep();
    expect(await verdicts(image)).toMatchObject([{ outcome: 'fail-missing', mark: 'quarantined' }]);
    expect([await waiting(), (await statusOf())?.isUnderWay]).toEqual([[], false]);
  });

  it('by a repository that cannot be told is tried five times, and then left to the next sweep', async () => {
    const { put, driver, sweeper, sweep, listed, world, next, verdicts, waiting } = await openAsked();
    const image = put('v1');
    const other = put('v1', 'acme/other');
    listed.failOn('tags acme/app', broken);
    await driver.deliver(unnamed('acme/app'));
    await driver.deliver(unnamed('acme/other'));
    const given = sweeper();
    // Within the time between two sweeps: it waits 30, 60, 120 and 240 s.
    for (let n = 0; n < 60 && (await waiting()).length > 0; n++) {
      await sweep(given);
      world.advance(14_000);
    }
    expect(given.results.filter((result) => result === 'asked left-out')).toHaveLength(5);
    expect(await verdicts(other)).toMatchObject([{ outcome: 'fail-missing' }]);
    expect([await waiting(), await verdicts(image)]).toEqual([[], []]);
    listed.failOn('tags acme/app', undefined);
    await next();
    expect(await verdicts(image)).toMatchObject([{ outcome: 'fail-missing', mark: 'quarantined' }]);
  });

  it('in the midst of a sweep goes on in it, and neither sees anything twice', async () => {
    const { put, driver, sweeper, sweep, listed, world, verdicts, told, statusOf } = await openAsked({ pageSize: 1 });
    const images = ['acme/a', 'acme/b', 'acme/c'].map((name) => put('v1', name));
    world.advance(EVERY_MS);
    const stop = new AbortController();
    listed.onRequest = async (line) => {
      if (line === 'HEAD acme/a:v1') await driver.deliver(unnamed('acme/c'));
      if (line === 'HEAD acme/c:v1') stop.abort();
    };
    await sweeper().sweep(stop.signal);
    listed.onRequest = undefined;
    expect(await statusOf()).toMatchObject({ isUnderWay: true });
    await sweep(sweeper({ owner: 'two' }));
    await driver.round();
    for (const image of images) {
      expect(await verdicts(image)).toMatchObject([{ outcome: 'fail-missing', mark: 'quarantined' }]);
      expect(told('failed', image)).toBe(1);
    }
    expect(await statusOf()).toMatchObject({ isUnderWay: false, faults: 0 });
  });
});
