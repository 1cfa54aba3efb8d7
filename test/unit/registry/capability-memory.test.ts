import { describe, expect, it } from 'vitest';
import { knownKind } from '../../../src/domain/registry-kind.ts';
import type { CapabilityFact } from '../../../src/domain/told-capability.ts';
import { createCapabilityMemory } from '../../../src/registry/capability-memory.ts';

const HOUR = 3_600_000;
const fact = (support: 'yes' | 'no', at: Date): CapabilityFact => ({ capability: 'untag', support, by: 'writing', at });

function remember(kind: Parameters<typeof knownKind>[0] = 'oci') {
  let now = Date.parse('2026-11-24T08:00:00.000Z');
  const memory = createCapabilityMemory(knownKind(kind, 'registry.test'), () => new Date(now));
  const told: CapabilityFact[] = [];
  memory.listen((each) => told.push(each));
  return { memory, told, now: () => new Date(now), pass: (ms: number) => (now += ms) };
}

describe('what is known of a registry', () => {
  it('is what is known of its kind, where what nobody knows is untold and no "no"', () => {
    const words = remember('gar')
      .memory.tell()
      .map(({ capability, support }) => `${capability} ${support}`);
    expect(words).toEqual([
      ...['tag yes', 'untag untold', 'immutable untold', 'referrers untold', 'catalogue untold', 'lock no', 'label no'],
    ]);
  });

  it('is told once for a day, however often it shows again, and at once when it changes', () => {
    const { memory, told, pass } = remember();
    const learn = (support: 'yes' | 'no'): void => memory.learn({ capability: 'referrers', support, by: 'reading' });
    for (let image = 0; image < 100; image++) learn('yes');
    expect(told).toHaveLength(1);
    learn('no');
    expect(told.map(({ support }) => support)).toEqual(['yes', 'no']);
    pass(25 * HOUR);
    learn('no');
    expect(told).toHaveLength(3);
  });

  it('lets a deletion be tried again a day after it was refused', () => {
    const { memory, pass } = remember();
    memory.learn({ capability: 'untag', support: 'no', by: 'writing', repository: 'acme/app' });
    expect(memory.isKnownMissing('untag')).toBe(true);
    pass(25 * HOUR);
    expect(memory.isKnownMissing('untag')).toBe(false);
    expect(memory.tell()).toContainEqual(expect.objectContaining({ capability: 'untag', support: 'no' }));
  });

  it('never lets one be tried where no registry of the kind can do it, unless one was seen to', () => {
    const { memory, pass } = remember('ghcr');
    expect(memory.isKnownMissing('untag')).toBe(true);
    memory.learn({ capability: 'untag', support: 'yes', by: 'writing' });
    expect(memory.isKnownMissing('untag')).toBe(false);
    pass(25 * HOUR);
    expect(memory.isKnownMissing('untag')).toBe(true);
  });

  it('takes up what was on record, but not over what is newer', () => {
    const { memory, now } = remember();
    memory.recall([fact('no', now())]);
    memory.recall([fact('yes', new Date(now().getTime() - HOUR))]);
    expect(memory.tell()).toContainEqual(fact('no', now()));
  });
});
