import type pg from 'pg';
import pino from 'pino';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { Outcome } from '../../../../src/domain/verdict.ts';
import { storableJson } from '../../../../src/kit/storable-json.ts';
import type { PlannedEffect } from '../../../../src/ports/effect-outbox.ts';
import { createRecords, type Records } from '../../../../src/records/create-records.ts';
import { migrate } from '../../../../src/records/migrate.ts';
import { createPool } from '../../../../src/records/server/create-pool.ts';
import { describeWithPart } from '../../../support/parts.ts';
import { type StoreProxy, startStoreProxy } from '../../../support/queue/store-proxy.ts';
import { announcementOf, judgeDecision, subjectNamed, verdictOf } from '../../../support/records/samples.ts';
import { type PostgresServer, startPostgres } from '../../../support/servers/postgres.ts';
import { waitFor } from '../../../support/wait-for.ts';

const ORIGIN = { sourceId: 'hook', registryId: 'prod' };
const IN_FORCE = { policyRevision: 'p1', trustEpoch: 1 };
const TAG = 'quarantined-1';
const NOTICE: PlannedEffect = { kind: 'notice', sinkId: 'slack', announcement: announcementOf(subjectNamed('told')) };
const at = (seconds: number) => new Date(Date.parse('2026-11-24T08:00:00.000Z') + seconds * 1_000);

describeWithPart('postgres', 'how something outside ended', () => {
  let server: PostgresServer;
  let proxy: StoreProxy;
  let pool: pg.Pool;
  let records: Records;
  beforeAll(async () => {
    server = await startPostgres();
    proxy = await startStoreProxy(server.port);
    const url = server.url.replace(`:${server.port}/`, `:${proxy.port}/`);
    pool = createPool({ connection: { url }, logger: pino({ level: 'silent' }) });
    await migrate(pool);
    records = createRecords(pool);
  });
  afterAll(async () => {
    await records?.close();
    await proxy?.close();
    await server?.stop();
  });

  it.each(['done', 'pending'])('is kept while the record is away, and written when it is back: %s', async (state) => {
    const [id = ''] = await judge(`told ${state}`, 'fail-missing', [NOTICE]);
    await records.outbox.begin(id, at(1));
    const tries = vi.spyOn(pool, 'connect');
    await proxy.cut();
    const writing =
      state === 'done'
        ? records.outbox.finish(id, { now: at(2), result: 'sent', attempt: 1 })
        : records.outbox.fail(id, { now: at(2), error: 'not now', retryAt: at(9), attempt: 1 });
    await waitFor(() => tries.mock.calls.length >= 3, { what: 'it to be tried again' });
    await proxy.restore();
    await writing;
    const { rows } = await pool.query('SELECT state, reply_unknown FROM effects WHERE id = $1', [id]);
    expect(rows).toEqual([{ state, reply_unknown: false }]);
  });

  it('A9: that is written twice, because its answer was lost, undoes nothing that was done since', async () => {
    const [put = ''] = await judge('marked', 'fail-missing', [{ kind: 'quarantine', tag: TAG }]);
    await records.outbox.begin(put, at(1));
    const mark = { mark: 'quarantined', tag: TAG, releasedArtifact: null } as const;
    const written = () => records.outbox.finish(put, { now: at(2), result: 'tagged', mark, attempt: 1 });
    await written();
    const [release = ''] = await judge('marked', 'pass', [{ kind: 'release', tag: TAG }]);
    await records.outbox.begin(release, at(3));
    const released = { mark: 'released', tag: null, releasedArtifact: null } as const;
    await records.outbox.finish(release, { now: at(4), result: 'deleted', mark: released, attempt: 1 });
    await written();
    const { rows } = await pool.query(
      'SELECT s.mark FROM subjects s JOIN effects e ON e.subject_id = s.id WHERE e.id = $1',
      [put],
    );
    expect(rows).toEqual([{ mark: 'released' }]);
  });

  /** Judges it, with effects that follow; their ids. */
  async function judge(word: string, outcome: Outcome, effects: readonly PlannedEffect[]): Promise<readonly string[]> {
    const decision = judgeDecision(subjectNamed(word));
    const [receipt] = await records.inbox.accept(ORIGIN, [decision], { now: at(0), ...IN_FORCE });
    const start = await records.judgements.begin(receipt?.judge?.subjectId ?? '', { now: at(0) });
    if (start === null) throw new Error('expected something to judge');
    const decided = await records.judgements.decide(start, {
      verdict: verdictOf(outcome),
      findings: storableJson([]),
      effects: () => effects,
      children: [],
      final: true,
      nextCheckAt: null,
      now: at(0),
      ...IN_FORCE,
    });
    return decided?.effects.map(({ id }) => id) ?? [];
  }
});
