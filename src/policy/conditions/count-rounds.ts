import type { CelFunc } from '@bufbuild/cel';
import type { Cel, Expr } from './cel.ts';
import { partsOf } from './parts-of.ts';

/** A name that nobody can write. */
const ROUND = '@round';

/** The function that `countRounds` puts into every loop: it gives back what it is given. */
export function roundFunction({ celFunc, CelScalar }: Cel): CelFunc {
  return celFunc(ROUND, [CelScalar.DYN], CelScalar.DYN, (value) => value);
}

/** Changes an expression so that every round of its loops calls a function, and can be counted like one. */
export function countRounds(expr: Expr): void {
  for (const part of partsOf(expr)) countRounds(part);
  if (expr.exprKind.case !== 'comprehensionExpr') return;
  const loop = expr.exprKind.value;
  if (loop.loopCondition === undefined) return;
  const args = [loop.loopCondition];
  loop.loopCondition = {
    ...loop.loopCondition,
    exprKind: { case: 'callExpr', value: { $typeName: 'cel.expr.Expr.Call', function: ROUND, args } },
  };
}
