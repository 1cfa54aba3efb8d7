import type { JsonObject } from '../../kit/json.ts';
import { shortText } from '../../kit/short-text.ts';
import type { Cel, Environment, Expr } from './cel.ts';
import { planExpression } from './plan-expression.ts';
import { toCel } from './to-cel.ts';
import { createWorkBudget } from './work-budget.ts';

/** What a condition came to. `undecided`: it could not be evaluated (a field is missing, two kinds are compared). */
export type ConditionResult =
  | { readonly kind: 'true' }
  | { readonly kind: 'false' }
  | { readonly kind: 'undecided'; readonly why: string };

/** Asks a condition about a predicate. Never throws. */
export type EvaluateCondition = (predicate: JsonObject, now: Date) => ConditionResult;

/**
 * An honest condition on an SBOM of 50,000 components takes a million; using up the whole budget takes some seconds.
 * Without it, whoever writes the predicate could make a condition run for days.
 */
const BUDGET = 5_000_000;

/** Makes an expression ready to be evaluated any number of times. The expression is changed for that. */
export function createEvaluation(cel: Cel, environment: Environment, expr: Expr): EvaluateCondition {
  const budget = createWorkBudget(cel, { units: BUDGET, of: 'statement' });
  const ask = planExpression(cel, environment, expr, budget);
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
