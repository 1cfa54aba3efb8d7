import type { CelMap } from '@bufbuild/cel';
import type { Json, JsonObject } from '../../kit/json.ts';
import { shortText } from '../../kit/short-text.ts';
import type { Cel, Environment, Expr } from './cel.ts';
import { countRounds } from './count-rounds.ts';
import { createWorkBudget } from './work-budget.ts';

/** What a condition came to. `undecided`: it could not be evaluated (a field is missing, two kinds are compared). */
export type ConditionResult =
  | { readonly kind: 'true' }
  | { readonly kind: 'false' }
  | { readonly kind: 'undecided'; readonly why: string };

/** Asks a condition about a predicate. Never throws. */
export type EvaluateCondition = (predicate: JsonObject, now: Date) => ConditionResult;

/** Makes an expression ready to be evaluated any number of times. The expression is changed for that. */
export function createEvaluation(cel: Cel, environment: Environment, expr: Expr): EvaluateCondition {
  const budget = createWorkBudget(cel);
  const counted: Environment = Object.create(environment, {
    funcs: { value: budget.count(environment.funcs) },
  });
  countRounds(expr);
  const ask = cel.plan(counted, expr);
  const toTime = cel.plan(environment, cel.parse('timestamp(text)'));
  return (predicate, now) => {
    budget.refill();
    try {
      const time = toTime({ text: now.toISOString() });
      const result = ask({ predicate: toCel(cel, predicate), ...(!cel.isCelError(time) && { now: time }) });
      if (typeof result === 'boolean') return { kind: result ? 'true' : 'false' };
      const why = cel.isCelError(result) ? result.message : 'it gave another value than true or false';
      return { kind: 'undecided', why: shortText(why) };
    } catch (error) {
      // A stack overflow on a value that nests too deep; whatever it is, it is not "true".
      return { kind: 'undecided', why: shortText(error instanceof Error ? error.message : String(error)) };
    }
  };
}

type CelData = null | boolean | number | string | CelData[] | CelMap;

/**
 * Objects become maps, which have no members of their own. Numbers stay what JSON says they are: CEL's doubles. For the
 * library a key whose value is null is absent; for CEL it is there.
 */
function toCel(cel: Cel, value: Json): CelData {
  if (value === null || typeof value !== 'object') return value;
  if (isList(value)) return value.map((member) => toCel(cel, member));
  const members = new Map(Object.entries(value).map(([key, member]) => [key, toCel(cel, member)]));
  return Object.assign(cel.celMap(members), { has: (key: unknown) => typeof key === 'string' && members.has(key) });
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
