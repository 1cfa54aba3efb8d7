import { describe, expect, it } from 'vitest';
import { collectEvidence } from '../../../src/evidence/collect-evidence.ts';
import { createHeavyGate } from '../../../src/evidence/heavy-gate.ts';
import { putBundle, putImage, REPOSITORY } from '../../support/memory-artifacts.ts';
import { createMemoryRegistry } from '../../support/memory-registry.ts';

const MIB = 1024 * 1024;

describe('looks that hold much evidence in memory', () => {
  it('are let in in their order, as many at a time as there are places', async () => {
    const gate = createHeavyGate(1);
    const order: string[] = [];
    const leaveFirst = await gate.enter();
    const others = ['second', 'third'].map(async (name) => {
      const leave = await gate.enter();
      order.push(name);
      leave();
    });
    expect(order).toEqual([]);
    leaveFirst();
    leaveFirst();
    await Promise.all(others);
    expect(order).toEqual(['second', 'third']);
    const leave = await gate.enter();
    const late = gate.enter(AbortSignal.abort(new Error('stopping')));
    await expect(late).rejects.toThrow('stopping');
    leave();
    (await gate.enter())();
  });

  it('give their place up when they are stopped while they wait', async () => {
    const gate = createHeavyGate(1);
    const leave = await gate.enter();
    const stop = new AbortController();
    const waiting = gate.enter(stop.signal);
    stop.abort(new Error('out of time'));
    await expect(waiting).rejects.toThrow('out of time');
    leave();
    (await gate.enter())();
  });

  it('L3: hold no more than so many large pieces together, and an ordinary look never waits for them', async () => {
    let [inside, most] = [0, 0];
    const gate = createHeavyGate(2);
    const counting = {
      enter: async (signal?: AbortSignal) => {
        const leave = await gate.enter(signal);
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
    await gate.enter();
    await gate.enter();
    await look(MIB);
  });
});
