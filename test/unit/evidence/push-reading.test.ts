import { describe, expect, it } from 'vitest';
import { createHeavyGate } from '../../../src/evidence/heavy-gate.ts';
import { startPushReading } from '../../../src/evidence/push-reading.ts';

const MIB = 1024 * 1024;
const LANE = { registry: 'registry.test', repository: 'acme/app' };

describe('finding out what a push is', () => {
  it('P6: reads little at once, waits for its turn before it reads more, and never reads more than one push is worth', async () => {
    const heavyLooks = createHeavyGate(1);
    const leave = await heavyLooks.enter(LANE);
    const little = startPushReading({ ...LANE, heavyLooks });
    expect(await little.mayRead(4 * MIB)).toBe(true);
    const more = little.mayRead(1);
    expect(await Promise.race([more, 'waits'])).toBe('waits');
    leave();
    expect(await more).toBe(true);
    expect(await little.mayRead(46 * MIB)).toBe(false);
    little.end();
    (await heavyLooks.enter(LANE))();
  });

  it('counts all that it lists together', async () => {
    const reading = startPushReading(LANE);
    const read: boolean[] = [];
    for (let child = 0; child < 60; child++) read.push(await reading.mayRead(MIB));
    expect(read.filter(Boolean)).toHaveLength(50);
  });
});
