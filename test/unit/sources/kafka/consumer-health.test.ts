import { expect, it } from 'vitest';
import { createConsumerHealth } from '../../../../src/sources/kafka/consumer-health.ts';

it('is no good before the first connection, and says since when', () => {
  const { health, at } = create();
  at(5);
  expect([health.problem(), health.since()]).toEqual(['it is not connected to Kafka yet', new Date(0)]);
  health.connected();
  expect([health.problem(), health.since()]).toEqual([undefined, undefined]);
});

it('keeps the reason of a crash through every new connection, until something is fetched', () => {
  const { health, at } = create();
  health.connected();
  at(10);
  health.crashed('no codec');
  at(20);
  health.disconnected();
  health.connected();
  expect([health.problem(), health.since()]).toEqual(['no codec', new Date(10)]);
  health.fetched();
  expect([health.problem(), health.since()]).toEqual([undefined, undefined]);
});

it('counts as deaf while what it fetches cannot be stored', () => {
  const { health, at } = create();
  health.connected();
  at(7);
  health.storage('the database is away');
  at(9);
  health.fetched();
  expect([health.problem(), health.since()]).toEqual(['the database is away', new Date(7)]);
  health.storage(undefined);
  expect(health.since()).toBeUndefined();
});

function create() {
  let now = 0;
  return { health: createConsumerHealth(() => new Date(now)), at: (ms: number) => (now = ms) };
}
