import { describe, expect, it } from 'vitest';
import { collectEvidence } from '../../../src/evidence/collect-evidence.ts';
import { createHeavyGate } from '../../../src/evidence/heavy-gate.ts';
import type { Lane } from '../../../src/kit/fair-queue.ts';
import { putBundle, putImage, REPOSITORY } from '../../support/memory-artifacts.ts';
import { createMemoryRegistry } from '../../support/memory-registry.ts';

const MIB = 1024 * 1024;
const LANE: Lane = { registry: 'registry.test', repository: REPOSITORY };

describe('looks that hold much evidence in memory', () => {
  it('are let in in their order, as many of one repository at a time as it has places', async () => {
    const gate = createHeavyGate(1);
    const order: string[] = [];
    const leaveFirst = await gate.enter(LANE);
    const others = ['second', 'third'].map(async (name) => {
      const leave = await gate.enter(LANE);
      order.push(name);
      leave();
    });
    expect(order).toEqual([]);
    leaveFirst();
    leaveFirst();
    await Promise.all(others);
    expect(order).toEqual(['second', 'third']);
    const leave = await gate.enter(LANE);
    const late = gate.enter(LANE, AbortSignal.abort(new Error('stopping')));
    await expect(late).rejects.toThrow('stopping');
    leave();
    (await gate.enter(LANE))();
  });

  it('give their place up when they are stopped while they wait', async () => {
    const gate = createHeavyGate(1);
    const leave = await gate.enter(LANE);
    const stop = new AbortController();
    const waiting = gate.enter(LANE, stop.signal);
    stop.abort(new Error('out of time'));
    await expect(waiting).rejects.toThrow('out of time');
    leave();
    (await gate.enter(LANE))();
  });

  it('L3: hold no more than so many large pieces together, and an ordinary look never waits for them', async () => {
    let [inside, most] = [0, 0];
    const gate = createHeavyGate(2);
    const counting = {
      enter: async (lane: Lane | undefined, signal?: AbortSignal) => {
        const leave = await gate.enter(lane, signal);
        most = Math.max(most, ++inside);
        return () => {
          inside--;
          leave();
        };
      },
    };
    const look = async (bytes: number) => {
      const registry = createMemoryRegistry();
      const image = putImage(registry);
      putBundle(registry, image, Buffer.alloc(bytes, 'x'));
      const { items } = await collectEvidence({
        reader: registry.reader,
        repository: REPOSITORY,
        digest: image.digest,
        heavyLooks: counting,
      });
      expect(items).toMatchObject([{ kind: 'bundle' }]);
    };
    await Promise.all(Array.from({ length: 6 }, () => look(5 * MIB)));
    expect([most, inside]).toEqual([2, 0]);
    await gate.enter(LANE);
    await gate.enter(LANE);
    await look(MIB);
  });
});
