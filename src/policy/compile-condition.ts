import { createRequire } from 'node:module';
import type { Json, JsonObject } from '../domain/json.ts';
import { nearestWord } from '../domain/nearest-word.ts';
import { shortText } from '../domain/short-text.ts';
import { findBadTime } from './condition-times.ts';

type Cel = typeof import('@bufbuild/cel');
type Expression = ReturnType<Cel['parse']>;
type Expr = NonNullable<Expression['expr']>;

/** What a condition came to. `undecided`: it could not be evaluated (a field is missing, the result is not a boolean). */
export type ConditionResult =
  | { readonly kind: 'true' }
  | { readonly kind: 'false' }
  | { readonly kind: 'undecided'; readonly why: string };

/** A condition ready to be asked, or why it cannot be. */
export type CompiledCondition =
  | { readonly ok: true; readonly evaluate: (predicate: JsonObject, now: Date) => ConditionResult }
  | { readonly ok: false; readonly why: string; readonly column?: number };

const VARIABLES = ['predicate', 'now'];
// Names CEL knows without anybody declaring them: its types. https://github.com/google/cel-spec/blob/master/doc/langdef.md
const TYPES = [
  'bool',
  'bytes',
  'double',
  'duration',
  'int',
  'list',
  'map',
  'null_type',
  'string',
  'timestamp',
  'type',
  'uint',
];
/** A condition is one line of a policy; the parser is recursive. */
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
  try {
    const expression = cel.parse(source);
    const unknown = expression.expr === undefined ? undefined : findUnknownName(expression.expr, VARIABLES);
    if (unknown !== undefined) {
      const nearest = nearestWord(unknown, VARIABLES);
      const hint = nearest === undefined ? 'known are `predicate` and `now`' : `did you mean \`${nearest}\`?`;
      return { ok: false, why: `unknown name \`${unknown}\`; ${hint}` };
    }
    const badTime = expression.expr === undefined ? undefined : findBadTime(cel, expression.expr);
    if (badTime !== undefined) return { ok: false, why: badTime };
    return { ok: true, evaluate: createEvaluation(cel, expression) };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { ok: false, why: message.replace(/^<input>:1:/, 'at column ') };
  }
}

function createEvaluation(cel: Cel, expression: Expression): Extract<CompiledCondition, { ok: true }>['evaluate'] {
  const ask = cel.plan(cel.celEnv(), expression);
  const toTimestamp = cel.plan(cel.celEnv(), cel.parse('timestamp(text)'));
  return (predicate, now) => {
    try {
      const time = toTimestamp({ text: now.toISOString() });
      const result = ask({ predicate: toCel(predicate), ...(!cel.isCelError(time) && { now: time }) });
      if (typeof result === 'boolean') return { kind: result ? 'true' : 'false' };
      const why = cel.isCelError(result) ? result.message : 'it gave another value than true or false';
      return { kind: 'undecided', why: shortText(why) };
    } catch (error) {
      // A stack overflow on a value that nests too deep; whatever it is, it is not "true".
      return { kind: 'undecided', why: shortText(error instanceof Error ? error.message : String(error)) };
    }
  };
}

type CelData = null | boolean | number | bigint | string | CelData[] | Map<string, CelData>;

/** Whole numbers become CEL integers, as in Kubernetes: `predicate.count / 2` and `== 2` mean what they seem to. */
function toCel(value: Json): CelData {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (value === null || typeof value !== 'object') return value;
  if (isList(value)) return value.map(toCel);
  return new Map(Object.entries(value).map(([key, member]) => [key, toCel(member)]));
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

/** The first name in an expression that nothing declares. Without this a typo would show only at the first image. */
function findUnknownName(expr: Expr, known: readonly string[]): string | undefined {
  const kind = expr.exprKind;
  switch (kind.case) {
    case 'identExpr':
      return [...known, ...TYPES].includes(kind.value.name) ? undefined : kind.value.name;
    case 'selectExpr':
      return findIn([kind.value.operand], known);
    case 'callExpr':
      return findIn([kind.value.target, ...kind.value.args], known);
    case 'listExpr':
      return findIn(kind.value.elements, known);
    case 'structExpr':
      return findIn(
        kind.value.entries.flatMap((entry) => [
          entry.keyKind.case === 'mapKey' ? entry.keyKind.value : undefined,
          entry.value,
        ]),
        known,
      );
    case 'comprehensionExpr': {
      const { iterVar, iterVar2, accuVar, iterRange, accuInit, loopCondition, loopStep, result } = kind.value;
      const inside = [...known, iterVar, iterVar2, accuVar];
      return findIn([iterRange, accuInit], known) ?? findIn([loopCondition, loopStep, result], inside);
    }
    default:
      return undefined;
  }
}

function findIn(exprs: readonly (Expr | undefined)[], known: readonly string[]): string | undefined {
  for (const expr of exprs) {
    const found = expr === undefined ? undefined : findUnknownName(expr, known);
    if (found !== undefined) return found;
  }
  return undefined;
}
