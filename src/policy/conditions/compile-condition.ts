// The room `policy/conditions`: expressions in CEL over predicates and events: their types, and the bound on their work.

import type { CelType } from './cel.ts';
import { compileExpression, type ExpressionRules } from './compile-expression.ts';
import { isAny, typeName } from './condition-types.ts';
import { createEvaluation, type EvaluateCondition } from './evaluate-condition.ts';

/** A condition ready to be asked, or why it cannot be. */
export type CompiledCondition =
  | { readonly ok: true; readonly evaluate: EvaluateCondition }
  | { readonly ok: false; readonly why: string };

const CONDITION: ExpressionRules = {
  what: 'condition',
  names: (cel) =>
    new Map<string, CelType>([
      ['predicate', cel.CelScalar.DYN],
      ['now', cel.objectType('google.protobuf.Timestamp')],
    ]),
  refuse: (type) => (type.name === 'bool' ? undefined : noTruth(isAny(type) ? undefined : typeName(type))),
};

// A memo, not state.
const compiled = new Map<string, CompiledCondition>();

/** Compiles a CEL expression over `predicate` and `now` (a timestamp), once for each text. Never throws. */
export function compileCondition(source: string): CompiledCondition {
  const known = compiled.get(source);
  if (known !== undefined) return known;
  const condition = compile(source);
  // Policies are few and trusted; the bound only keeps a daemon that reloads them for years from growing.
  if (compiled.size >= 1_000) compiled.clear();
  compiled.set(source, condition);
  return condition;
}

function compile(source: string): CompiledCondition {
  const expression = compileExpression(source, CONDITION);
  if (!expression.ok) return expression;
  return { ok: true, evaluate: createEvaluation(expression.cel, expression.environment, expression.expr) };
}

function noTruth(type: string | undefined): string {
  const hint = 'compare it with something, as in `… == true`';
  return type === undefined
    ? `it gives whatever the predicate holds there, which need not be true or false; ${hint}`
    : `it gives ${type}, and must give true or false; ${hint}`;
}
