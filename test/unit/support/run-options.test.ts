import { describe, expect, it } from 'vitest';
import { readOptions } from '../../chaos/options.ts';
import { readSoakOptions } from '../../chaos/soak/soak-options.ts';
import { readFuzzOptions } from '../../fuzz/fuzz-options.ts';
import { BadOption } from '../../support/bad-option.ts';

const HOUR_MS = 3_600_000;
const TARGETS = ['bundle', 'link'];
const readers = {
  chaos: readOptions,
  soak: readSoakOptions,
  fuzz: (env: Readonly<Record<string, string>>) => readFuzzOptions(env, TARGETS),
};

describe('what a run is asked for', () => {
  it.each([
    ['chaos', 'SEED', 'abc', 'a whole number'],
    ['chaos', 'SEED', '-1', 'a whole number'],
    ['chaos', 'EVENTS', '1e3', 'a whole number'],
    ['chaos', 'RECORD', 'x', 'one of embedded, postgres, redis, roles'],
    ['chaos', 'SOURCES', 'webhook,post', 'one of webhook, kafka, sqs'],
    ['chaos', 'BUG', 'unknown', 'one of ack-before-commit, send-before-sending, act-on-indeterminate'],
    ['chaos', 'QUICK', 'yes', 'one of 1'],
    ['soak', 'HOURS', '-1', 'a number above 0'],
    ['soak', 'HOURS', '0', 'a number above 0'],
    ['soak', 'RATE', 'many', 'a number above 0'],
    ['soak', 'FAULT_MINUTES', '0', 'a number above 0'],
    ['soak', 'RECORD', 'x', 'one of embedded, postgres, redis, roles'],
    ['soak', 'RECORD', 'roles', 'a daemon that is one process'],
    ['soak', 'KILLS', '3', 'nothing'],
    ['soak', 'BUG', 'ack-before-commit', 'nothing'],
    ['fuzz', 'TARGET', 'none', 'one of bundle, link'],
    ['fuzz', 'TARGET', 'link,none', 'one of bundle, link'],
    ['fuzz', 'SECONDS', '-1', 'a whole number'],
    ['fuzz', 'SEED', 'abc', 'a whole number'],
    ['fuzz', 'KEEP', 'yes', 'one of 1'],
  ] as const)('of make %s cannot be %s=%s: expected %s', (command, name, value, expected) => {
    const read = () => readers[command]({ [name]: value });
    expect(read).toThrow(BadOption);
    expect(read).toThrow(`${name}: expected ${expected}`);
  });

  it('is two hours at five events a second, a fault every five minutes and Redis, for a soak of which nothing is said', () => {
    expect(readSoakOptions({})).toMatchObject({
      faultsMs: 2 * HOUR_MS,
      events: 36_000,
      perSecond: 5,
      faultEveryMs: 300_000,
      record: 'redis',
      samples: undefined,
    });
    expect(readSoakOptions({ HOURS: '0.5', RATE: '2', RECORD: 'embedded' })).toMatchObject({
      faultsMs: HOUR_MS / 2,
      events: 3600,
      record: 'embedded',
    });
  });

  it('is a minute of every target for a fuzzer of which nothing is said', () => {
    expect(readFuzzOptions({}, TARGETS)).toEqual({ targets: TARGETS, seconds: 60, seed: undefined, keeps: false });
    expect(readFuzzOptions({ TARGET: 'link', SECONDS: '0', SEED: '0', KEEP: '1' }, TARGETS)).toEqual({
      targets: ['link'],
      seconds: 0,
      seed: 0,
      keeps: true,
    });
  });
});
