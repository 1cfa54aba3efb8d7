import { createRequire } from 'node:module';
import { type Cel, type CelType, ConditionFault, type Environment, type Expr } from './cel.ts';
import { createTypeCheck } from './check-types.ts';
import { createConditionEnvironment } from './condition-environment.ts';
import { findBadEscape } from './find-bad-escape.ts';

/** What is asked of an expression besides that it can be read. */
export interface ExpressionRules {
  /** What the place of a fault is in: `condition`. */
  readonly what: string;
  /** The names it can use and the types of what they stand for. */
  names(cel: Cel): ReadonlyMap<string, CelType>;
  /** Why it must not be what it is, or give a value of this type; `undefined` where it may. */
  refuse(type: CelType, expr: Expr, cel: Cel): string | undefined;
}

/** An expression that was read and checked, or why it cannot be. */
export type CompiledExpression =
  | { readonly ok: true; readonly cel: Cel; readonly environment: Environment; readonly expr: Expr }
  | { readonly ok: false; readonly why: string };

/** An expression is a few lines. The parser is recursive, so a longer text could overflow the stack. */
const MAX_LENGTH = 4_096;

// The expression language costs 50 ms to load, and most policies and sources have no expression.
const load = createRequire(import.meta.url);

/** Reads a CEL expression and checks the types in it. Never throws. */
export function compileExpression(source: string, rules: ExpressionRules): CompiledExpression {
  if (source.trim() === '') return { ok: false, why: 'it is empty' };
  if (source.length > MAX_LENGTH) return { ok: false, why: `it is longer than ${MAX_LENGTH} characters` };
  const cel: Cel = load('@bufbuild/cel');
  const reading = parse(cel, source, rules.what);
  if (!reading.ok) return reading;
  const { expr, positions } = reading;
  const placeOf = (offset: number): string => placeIn(source, offset, rules.what);
  const bad = findBadEscape(source);
  if (bad !== undefined) {
    const hint = `a \\ in a text is written \\\\, or the text is raw: r"…"`;
    return { ok: false, why: `unknown escape ${bad.escape}; ${hint} (${placeOf(bad.offset)})` };
  }
  const environment = createConditionEnvironment(cel);
  const fault = findFault(cel, environment, expr, rules);
  if (fault === undefined) return { ok: true, cel, environment, expr };
  return { ok: false, why: `${fault.message} (${placeOf(positions[String(fault.exprId)] ?? 0)})` };
}

function findFault(cel: Cel, environment: Environment, expr: Expr, rules: ExpressionRules): ConditionFault | undefined {
  try {
    const type = createTypeCheck(cel, environment)(expr, rules.names(cel));
    const refusal = rules.refuse(type, expr, cel);
    return refusal === undefined ? undefined : new ConditionFault(refusal, expr.id);
  } catch (error) {
    if (error instanceof ConditionFault) return error;
    throw error;
  }
}

type Reading =
  | { readonly ok: true; readonly expr: Expr; readonly positions: Readonly<Record<string, number>> }
  | { readonly ok: false; readonly why: string };

function parse(cel: Cel, source: string, what: string): Reading {
  try {
    // For the library a comment ends with its line: one at the end of the text needs a line break after it.
    const { expr, sourceInfo } = cel.parse(`${source}\n`);
    if (expr === undefined) return { ok: false, why: 'it is empty' };
    return { ok: true, expr, positions: sourceInfo?.positions ?? {} };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return {
      ok: false,
      why: message.replace(/^<input>:(\d+):(\d+)/, (_, line, column) => `at ${place(line, column, what)}`),
    };
  }
}

function placeIn(source: string, offset: number, what: string): string {
  const lines = source.slice(0, offset).split('\n');
  return `at ${place(lines.length, (lines.at(-1) ?? '').length + 1, what)}`;
}

function place(line: number | string, column: number | string, what: string): string {
  return Number(line) === 1 ? `column ${column}` : `line ${line}, column ${column} of the ${what}`;
}
