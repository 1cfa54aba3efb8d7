import type { Cel, Environment, Expr } from './cel.ts';
import { countRounds } from './count-rounds.ts';
import type { WorkBudget } from './work-budget.ts';

/** Asks an expression about the values of its names. @throws {Error} where the budget is used up, or the stack */
export type AskExpression = ReturnType<Cel['plan']>;

/** Makes an expression ready to be asked any number of times, its work counted. The expression is changed for that. */
export function planExpression(cel: Cel, environment: Environment, expr: Expr, budget: WorkBudget): AskExpression {
  const counted: Environment = Object.create(environment, { funcs: { value: budget.count(environment.funcs) } });
  countRounds(expr);
  return cel.plan(counted, expr);
}
