import { readFileSync } from 'node:fs';
import * as cel from '@bufbuild/cel';
import { describe, expect, it } from 'vitest';
import { compileCondition } from '../../../../src/policy/conditions/compile-condition.ts';
import { createConditionEnvironment } from '../../../../src/policy/conditions/condition-environment.ts';

interface Answer {
  readonly where: string;
  readonly answer: string;
}

const read = (name: string) =>
  JSON.parse(readFileSync(new URL(`../../../differential/cel-go/${name}`, import.meta.url), 'utf8'));
const ANSWERS: readonly Answer[] = read('answers.json');
const PREDICATE = read('predicate.json');
const NOON = new Date('2026-11-28T12:00:00Z');

/** Why we answer otherwise than cel-go, and what about. Whatever stands here more than once, or for nothing, fails. */
const DIFFERENCES: Readonly<Record<string, readonly string[]>> = {
  'numbers of different types can be added and compared: all those of a predicate are doubles': [
    'predicate.count + 1 == 6',
    'predicate.count - 1 == 4',
    'predicate.count * 2 == 10',
    'predicate.whole / 2 == 3.5',
    'predicate.whole / 2 == 3',
    'predicate.count % 2 == 1',
    '1 + 1.5 == 2.5',
    '1 == 1.0',
    '1 == 1u',
    '{"a": 1} == {"a": 1.0}',
    '{1: "a"}[1.0] == "a"',
    '{1: "a"}[1u] == "a"',
  ],
  'a number of a predicate may be a time: seconds, as of a whole number': [
    'timestamp(predicate.epoch) < now',
    'timestamp(1.5) > timestamp(0)',
  ],
  'numbers are not shown as powers of ten below 10^21': ['string(predicate.large) == "1795860000"'],
  'a time has no zone of its own': ['string(timestamp(predicate.whenOffset)) == "2026-11-28T10:00:00Z"'],
  'what need not be true or false is refused: compare it': [
    'predicate.passed',
    'predicate.passed ? predicate.count == 5 : predicate.missing',
  ],
  'a time is never null': ['now == null'],
  'a list has no fields, which is no error': ['has(predicate.none.x)'],
  'text is taken for a truth in its usual spellings': ['bool("T")'],
  'newer name of exists_one': ['predicate.components.existsOne(c, c.name == "zlib")'],
  'a key is written once, and is no fraction': ['{1.5: "a"}[1.5] == "a"', '{"a": 1, "a": 2}.a == 2'],
  'messages cannot be written: no predicate holds any': ['google.protobuf.Timestamp{seconds: 0} < now'],
  'the kind of the members of a list is seen when asked': ['[1, 2].join(",") == "1,2"'],
};

function ourAnswer(where: string): string {
  const condition = compileCondition(where);
  if (!condition.ok) return 'refused';
  const { kind } = condition.evaluate(PREDICATE, NOON);
  return kind === 'undecided' ? 'error' : kind;
}

/** Whether both mean the same. What is wrong whatever the predicate says, we find when the policy is read. */
function isSame(theirs: string, ours: string): boolean {
  return theirs === ours || (ours === 'refused' && ['error', 'other'].includes(theirs));
}

describe('the functions of conditions', () => {
  it('are all listed in docs/policies.md', () => {
    const docs = readFileSync('docs/policies.md', 'utf8');
    const words = [...createConditionEnvironment(cel).funcs]
      .map(({ name }) => name)
      .filter((name) => /^[a-z]/i.test(name));
    expect(words.length).toBeGreaterThan(60);
    expect(words.filter((word) => !new RegExp(`\\b${word.replace('.', '\\.')}\\b`).test(docs))).toEqual([]);
  });
});

describe('conditions, held against what cel-go answers', () => {
  it('are some hundreds', () => {
    expect(ANSWERS.length).toBeGreaterThan(600);
  });

  it('mean the same, but for the differences that are named', () => {
    const differing = ANSWERS.filter(({ where, answer }) => {
      return !isSame(answer.replace(/:.*/s, ''), ourAnswer(where));
    });
    expect(differing.map(({ where }) => where).sort()).toEqual(Object.values(DIFFERENCES).flat().sort());
  });

  it('are refused when read, where cel-go finds an error when asked, only for what is written in them', () => {
    const early = ANSWERS.filter(
      ({ where, answer }) =>
        answer.startsWith('error') && ourAnswer(where) === 'refused' && /predicate\.\w/.test(where),
    );
    expect(early.map(({ where }) => where)).toEqual([
      'predicate.name.matches("^(App")',
      'predicate.name.matches("^(?!evil)")',
      'matches(predicate.name, "^(")',
    ]);
  });
});
