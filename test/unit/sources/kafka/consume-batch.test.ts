import type { KafkaMessage } from 'kafkajs';
import pino from 'pino';
import { describe, expect, it } from 'vitest';
import { FaultError } from '../../../../src/kit/errors.ts';
import type { ParkedDelivery } from '../../../../src/ports/event-source.ts';
import { findDialect } from '../../../../src/sources/dialects/dialects.ts';
import { payloadLimits } from '../../../../src/sources/dialects/payload-limits.ts';
import { type BatchPayload, consumeBatch } from '../../../../src/sources/kafka/consume-batch.ts';

const GOOD = JSON.stringify({
  specversion: '1.0',
  type: 'dev.lazaret.image.pushed.v1',
  data: { repository: 'acme/app', tag: 'v1' },
});
const BREAKS_US = GOOD.replace('acme/app', 'acme/bug');

describe('a batch of records', () => {
  it('commits the offset after the last record once all are stored', async () => {
    const parts = await consume([GOOD, GOOD, GOOD]);
    expect(parts.received).toBe(3);
    expect(parts.committed).toEqual(['3']);
    expect(parts.log).toEqual(['receive 3', 'resolve 2', 'commit 3']);
  });

  it('commits every 64 records of a backlog', async () => {
    const parts = await consume(Array.from({ length: 130 }, () => GOOD));
    expect(parts.committed).toEqual(['64', '128', '130']);
    expect(parts.received).toBe(130);
  });

  it('A6: parks poison with its reason and position and goes on', async () => {
    const parts = await consume(['{', GOOD, null, '['.repeat(100), 'x'.repeat(payloadLimits('lazaret').bodyBytes + 1)]);
    expect(parts.received).toBe(1);
    expect(parts.committed).toEqual(['5']);
    expect(parts.parked.map(({ position, reason }) => [position, reason.split(':')[0]])).toEqual([
      ['pushes/0@0', 'EVENT_MALFORMED'],
      ['pushes/0@2', 'EVENT_MALFORMED'],
      ['pushes/0@3', 'EVENT_MALFORMED'],
      ['pushes/0@4', 'EVENT_TOO_LARGE'],
    ]);
    expect(parts.parked.at(-1)!.body.length).toBe(64 * 1024);
    expect(parts.results.toSorted()).toEqual(['accepted', 'malformed', 'malformed', 'malformed', 'too-large']);
  });

  it('A6: parks only the record that breaks us, not its neighbours', async () => {
    const parts = await consume([GOOD, BREAKS_US, GOOD]);
    expect(parts.received).toBe(2);
    expect(parts.parked.map((parked) => parked.position)).toEqual(['pushes/0@1']);
    expect(parts.committed).toEqual(['3']);
    expect(parts.results.toSorted()).toEqual(['accepted', 'accepted', 'malformed']);
  });

  it('waits as a member of its group while the record is away, then stores and commits', async () => {
    const parts = await consume([GOOD, '{'], { failures: 1 });
    expect(parts.received).toBe(1);
    expect(parts.results.toSorted()).toEqual(['accepted', 'malformed']);
    expect(parts.heartbeats).toBeGreaterThan(1);
    expect(parts.troubles[0]).toContain('the database is away');
    expect(parts.troubles.at(-1)).toBeUndefined();
    expect(parts.committed).toEqual(['2']);
  });

  it('commits nothing when the partition is taken away while it waits', async () => {
    const parts = await consume([GOOD], { failures: 100, staleAfterHeartbeats: 2 });
    expect(parts.received).toBe(0);
    expect(parts.committed).toEqual([]);
  });
});

async function consume(
  bodies: readonly (string | null)[],
  options: { failures?: number; staleAfterHeartbeats?: number } = {},
) {
  const parts = {
    received: 0,
    parked: [] as ParkedDelivery[],
    committed: [] as string[],
    log: [] as string[],
    results: [] as string[],
    heartbeats: 0,
    troubles: [] as (string | undefined)[],
  };
  let failures = options.failures ?? 0;
  const messages = bodies.map(
    (body, offset) =>
      ({
        offset: String(offset),
        value: body === null ? null : Buffer.from(body),
        headers: {},
      }) as unknown as KafkaMessage,
  );
  const payload = {
    batch: { topic: 'pushes', partition: 0, messages },
    resolveOffset: (offset: string) => parts.log.push(`resolve ${offset}`),
    heartbeat: async () => {
      parts.heartbeats += 1;
    },
    commitOffsetsIfNecessary: async (offsets: { topics: { partitions: { offset: string }[] }[] }) => {
      const { offset } = offsets.topics[0]!.partitions[0]!;
      parts.committed.push(offset);
      parts.log.push(`commit ${offset}`);
    },
    isRunning: () => true,
    isStale: () => parts.heartbeats >= (options.staleAfterHeartbeats ?? Number.POSITIVE_INFINITY),
  } as unknown as BatchPayload;
  const deps = {
    logger: pino({ level: 'silent' }),
    metrics: { delivery: (_id: string, result: string) => void parts.results.push(result) },
    onTrouble: (problem: string | undefined) => void parts.troubles.push(problem),
    receiver: {
      receive: async (_origin: unknown, events: readonly { repository: string | null }[]) => {
        if (failures-- > 0) throw new FaultError('DATABASE_UNAVAILABLE', 'the database is away', { retryable: true });
        if (events.some((event) => event.repository === 'acme/bug')) throw new TypeError('a bug of ours');
        parts.received += events.length;
        parts.log.push(`receive ${events.length}`);
      },
      park: async (parked: ParkedDelivery) => void parts.parked.push(parked),
    },
  };
  await consumeBatch(
    payload,
    {
      listener: { sourceId: 'k', registryIds: ['prod'] },
      dialect: findDialect('lazaret'),
      limits: payloadLimits('lazaret'),
    },
    deps,
  );
  return parts;
}
