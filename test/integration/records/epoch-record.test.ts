import pg from 'pg';
import pino from 'pino';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { EpochRecord } from '../../../src/ports/epoch-record.ts';
import { createRecords, type Records } from '../../../src/records/create-records.ts';
import { migrate } from '../../../src/records/migrate.ts';
import { createPool } from '../../../src/records/server/create-pool.ts';
import { openEpochStore } from '../../../src/trust/epoch-store.ts';
import { describeWithPart } from '../../support/parts.ts';
import { type PostgresServer, startPostgres } from '../../support/servers/postgres.ts';

describeWithPart('postgres', 'one number for each content of the trust roots', () => {
  let server: PostgresServer;
  let records: Records;
  let epochs: EpochRecord;
  beforeAll(async () => {
    server = await startPostgres();
    const pool = createPool({ connection: { url: server.url }, logger: pino({ level: 'silent' }) });
    await migrate(pool);
    records = createRecords(pool);
    epochs = records.epochs;
  });
  afterAll(async () => {
    await records?.close();
    await server?.stop();
  });
  beforeEach(() => run('TRUNCATE lazaret.trust_epochs'));

  async function run(statement: string): Promise<void> {
    const client = new pg.Client({ connectionString: server.url });
    await client.connect();
    await client.query(statement);
    await client.end();
  }
  const now = new Date();
  const seconds = Math.floor(now.getTime() / 1_000);
  /** A process with nothing on its disk. */
  const process = async (content: string) => {
    const store = await openEpochStore({ settings: '', record: epochs, onProblem: () => undefined });
    const adopt = (text: string) => store.adopt(new Map([['acme', text]]), { now, confirmedTime: undefined });
    await adopt(content);
    return { adopt, epoch: store.epoch };
  };

  it('D3: processes with the same content have the same, also those that ask at once', async () => {
    const all = await Promise.all(Array.from({ length: 8 }, () => process('a')));
    expect(new Set(all.map(({ epoch }) => epoch()))).toEqual(new Set([seconds]));
    for (const each of all) await each.adopt('b');
    expect(new Set(all.map(({ epoch }) => epoch()))).toEqual(new Set([seconds + 1]));
  });

  it('D7: tells which is the newest, by which others see that there is something to fetch', async () => {
    expect(await epochs.newest()).toBe(0);
    const first = await process('a');
    expect(await epochs.newest()).toBe(first.epoch());
    const second = await process('b');
    expect(await epochs.newest()).toBe(second.epoch());
    expect(second.epoch()).toBeGreaterThan(first.epoch());
  });

  it('D3: a content that comes back gets a new one, not the one it had', async () => {
    const first = await process('a');
    await first.adopt('b');
    const second = await process('a');
    await first.adopt('a');
    expect([first.epoch(), second.epoch()]).toEqual([seconds + 2, seconds + 2]);
  });

  it('two contents keep theirs while processes are changed over, and the last one in use wins', async () => {
    const old = await process('a');
    const next = await process('b');
    const restarted = await process('a');
    for (let n = 0; n < 3; n++) {
      expect(await next.adopt('b')).toBe(false);
      expect(await restarted.adopt('a')).toBe(false);
    }
    // The other of the old ones takes the number of its content over.
    expect(await old.adopt('a')).toBe(true);
    expect([old.epoch(), next.epoch()]).toEqual([seconds + 2, seconds + 1]);
    // A minute after the last process with the old content.
    await run(`UPDATE lazaret.trust_epochs SET used_at = now() - interval '61 seconds' WHERE epoch = ${seconds + 2}`);
    expect(await next.adopt('b')).toBe(true);
    expect(next.epoch()).toBe(seconds + 3);
  });

  it('a number from before there was this record stays: nothing is judged again for it', async () => {
    expect(await epochs.keep('a', seconds - 500, seconds)).toBe(seconds - 500);
    expect(await epochs.claim('a', seconds)).toBe(seconds - 500);
    expect(await epochs.keep('a', seconds - 100, seconds)).toBe(seconds - 100);
    expect(await epochs.keep('a', seconds - 500, seconds)).toBe(seconds - 100);
  });
});
