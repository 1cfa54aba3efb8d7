import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { JsonOutline } from '../../../src/sources/json-outline.ts';
import type { FuzzTarget } from '../fuzz-target.ts';

const EVENTS = join(import.meta.dirname, '../../fixtures/events');
const DEPTH = 4;

/** The reader that cuts bodies of webhooks and queues down to what an event is read from. */
export const targets: readonly FuzzTarget[] = [
  {
    name: 'outline',
    shape: 'json',
    seeds: ['distribution-multi-event.json', 'zot-hostile.json', 'ecr-sns-notification.json']
      .filter((name) => readdirSync(EVENTS).includes(name))
      .map((name) => readFileSync(join(EVENTS, name))),
    run(input) {
      const whole = outline([input]);
      const cut = input.length >> 1;
      assert.ok(whole.equals(outline([input.subarray(0, cut), input.subarray(cut)])), 'pieces make no difference');
      assert.ok(whole.length <= 4 * input.length + 4, 'an outline is no longer than what it is of');
      const value = parse(input);
      if (value !== undefined) assert.deepEqual(JSON.parse(whole.toString('utf8')), cutBelow(value, DEPTH));
    },
  },
];

function outline(pieces: readonly Buffer[]): Buffer {
  const outlined = new JsonOutline(DEPTH);
  for (const piece of pieces) outlined.push(piece);
  return outlined.take();
}

/** The same value as JSON itself reads it; `undefined` for what is none, or holds texts that are cut. */
function parse(input: Buffer): unknown {
  const text = input.toString('utf8');
  if (!Buffer.from(text).equals(input)) return undefined;
  try {
    const value = JSON.parse(text) as unknown;
    return hasLongText(value) ? undefined : value;
  } catch {
    return undefined;
  }
}

/** Written with escapes a character takes six bytes at most. */
function hasLongText(value: unknown): boolean {
  if (typeof value === 'string') return value.length * 6 > 4000;
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(([name, member]) => hasLongText(name) || hasLongText(member));
}

function cutBelow(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (depth === 0) return null;
  if (Array.isArray(value)) return value.map((item) => cutBelow(item, depth - 1));
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, cutBelow(member, depth - 1)]));
}
