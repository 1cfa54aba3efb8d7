import assert from 'node:assert/strict';
import { parseJson } from '../../../src/kit/parse-json.ts';
import { readOrRefuse } from '../expect-error.ts';
import type { FuzzTarget } from '../fuzz-target.ts';

const TEXTS = [
  '{"a":[1,2.5e3,null,true,"\\u0041\\n"],"b":{"c":{}}}',
  '[[[[]]]]',
  '"\\ud83d\\ude00"',
  '-0.0',
  '{"a":1,"a":2}',
];

/** The reader of all JSON from outside: what it reads is what everybody reads, or it refuses. */
export const targets: readonly FuzzTarget[] = [
  {
    name: 'json',
    shape: 'json',
    seeds: TEXTS.map((text) => Buffer.from(text)),
    run(input) {
      const value = readOrRefuse(() => parseJson(input));
      if (value === undefined) return;
      assert.deepEqual(value, JSON.parse(input.toString('utf8')));
      assert.deepEqual(parseJson(JSON.stringify(value)), JSON.parse(JSON.stringify(value)));
    },
  },
];
