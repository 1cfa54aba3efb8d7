import { describe, expect, it } from 'vitest';
import { judgeFlatness } from '../../chaos/soak/judge-flatness.ts';
import type { Sample } from '../../chaos/soak/sample.ts';

const MINUTE_MS = 60_000;

/** An hour of one process, a sample a minute, in which figures go as these say of the minute. */
function hour(of: (minute: number) => Partial<Sample>): readonly Sample[] {
  return Array.from({ length: 61 }, (_, minute) => ({
    at: minute * MINUTE_MS,
    pid: 1,
    events: minute * 300,
    rssMiB: 200 + (minute % 7),
    handles: 40 + (minute % 3),
    queueKeys: 8 + (minute % 5),
    rows: { subjects: minute * 300, settings: 4 },
    ...of(minute),
  }));
}

function growing(samples: readonly Sample[]): readonly string[] {
  return judgeFlatness(samples).flatMap(({ figure, isFlat }) => (isFlat ? [] : [figure]));
}

describe('whether a soak stayed flat', () => {
  it('does so where figures only go up and down, and rows come with events', () => {
    expect(growing(hour(() => ({})))).toEqual([]);
  });

  it.each([
    ['RSS, MiB', (minute: number) => ({ rssMiB: 200 + minute })],
    ['RSS, MiB', () => ({ rssMiB: 2000 })],
    ['handles', (minute: number) => ({ handles: 40 + minute })],
    ['queue keys', (minute: number) => ({ queueKeys: 8 + minute * 4 })],
    ['rows of subjects', (minute: number) => ({ rows: { subjects: minute * minute * 10, settings: 4 } })],
    [
      'rows of settings',
      (minute: number) => ({ rows: { subjects: minute * 300, settings: Math.max(0, minute - 30) * 10 } }),
    ],
  ])('finds that %s grows', (figure, of) => {
    expect(growing(hour(of))).toEqual([figure]);
  });

  it('sees growth within processes that are restarted before it shows', () => {
    const samples = hour((minute) => ({ pid: Math.floor(minute / 15), rssMiB: 200 + (minute % 15) * 2 }));
    expect(growing(samples)).toEqual(['RSS, MiB']);
  });

  it('sees growth from process to process', () => {
    const samples = hour((minute) => ({ pid: Math.floor(minute / 15), rssMiB: 150 + Math.floor(minute / 15) * 40 }));
    expect(growing(samples)).toEqual(['RSS, MiB']);
  });

  it('does not call flat what was too short to tell', () => {
    expect(growing(hour(() => ({})).slice(0, 4))).toContain('RSS, MiB');
    expect(growing(hour((minute) => ({ pid: minute })))).toEqual(['RSS, MiB', 'handles']);
  });
});
