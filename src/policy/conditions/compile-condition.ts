// The room `policy/conditions`: conditions on predicates, in CEL: their types, and the bound on their work.

import { createRequire } from 'node:module';
import { type Cel, type CelType, ConditionFault, type Expr } from './cel.ts';
import { createTypeCheck } from './check-types.ts';
import { createConditionEnvironment } from './condition-environment.ts';
import { isAny, typeName } from './condition-types.ts';
import { createEvaluation, type EvaluateCondition } from './evaluate-condition.ts';
import { findBadEscape } from './find-bad-escape.ts';

/** A condition ready to be asked, or why it cannot be. */
export type CompiledCondition =
  | { readonly ok: true; readonly evaluate: EvaluateCondition }
  | { readonly ok: false; readonly why: string };

/** A condition is a few lines of a policy. The parser is recursive, so a longer text could overflow the stack. */
const MAX_LENGTH = 4_096;

// Memos, not state. The expression language costs 50 ms to load, and most policies have no condition.
const compiled = new Map<string, CompiledCondition>();
const load = createRequire(import.meta.url);

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
  if (source.trim() === '') return { ok: false, why: 'it is empty' };
  if (source.length > MAX_LENGTH) return { ok: false, why: `it is longer than ${MAX_LENGTH} characters` };
  const cel: Cel = load('@bufbuild/cel');
  const reading = parse(cel, source);
  if (!reading.ok) return reading;
  const { expr, positions } = reading;
  const bad = findBadEscape(source);
  if (bad !== undefined) {
    const hint = `a \\ in a text is written \\\\, or the text is raw: r"…"`;
    return { ok: false, why: `unknown escape ${bad.escape}; ${hint} (${placeOf(source, bad.offset)})` };
  }
  const environment = createConditionEnvironment(cel);
  try {
    const names = new Map<string, CelType>([['predicate', cel.CelScalar.DYN]]);
    names.set('now', cel.objectType('google.protobuf.Timestamp'));
    const type = createTypeCheck(cel, environment)(expr, names);
    if (type.name !== 'bool') throw new ConditionFault(noTruth(isAny(type) ? undefined : typeName(type)), expr.id);
  } catch (error) {
    if (!(error instanceof ConditionFault)) throw error;
    return { ok: false, why: `${error.message} (${placeOf(source, positions[String(error.exprId)] ?? 0)})` };
  }
  return { ok: true, evaluate: createEvaluation(cel, environment, expr) };
}

type Reading =
  | { readonly ok: true; readonly expr: Expr; readonly positions: Readonly<Record<string, number>> }
  | { readonly ok: false; readonly why: string };

function parse(cel: Cel, source: string): Reading {
  try {
    // For the library a comment ends with its line: one at the end of the text needs a line break after it.
    const { expr, sourceInfo } = cel.parse(`${source}\n`);
    if (expr === undefined) return { ok: false, why: 'it is empty' };
    return { ok: true, expr, positions: sourceInfo?.positions ?? {} };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return {
      ok: false,
      why: message.replace(/^<input>:(\d+):(\d+)/, (_, line, column) => `at ${place(line, column)}`),
    };
  }
}

function noTruth(type: string | undefined): string {
  const hint = 'compare it with something, as in `… == true`';
  return type === undefined
    ? `it gives whatever the predicate holds there, which need not be true or false; ${hint}`
    : `it gives ${type}, and must give true or false; ${hint}`;
}

function placeOf(source: string, offset: number): string {
  const lines = source.slice(0, offset).split('\n');
  return `at ${place(lines.length, (lines.at(-1) ?? '').length + 1)}`;
}

function place(line: number | string, column: number | string): string {
  return Number(line) === 1 ? `column ${column}` : `line ${line}, column ${column} of the condition`;
}
