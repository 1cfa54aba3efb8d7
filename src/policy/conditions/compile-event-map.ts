import type { CelInput, CelValue } from '@bufbuild/cel';
import {
  EVENT_FIELDS,
  type EventField,
  type EventMap,
  type MappedEvent,
  type MappedValue,
} from '../../domain/event-map.ts';
import { InvalidInputError } from '../../kit/errors.ts';
import { shortText } from '../../kit/short-text.ts';
import type { Cel, CelType, Expr } from './cel.ts';
import { type CompiledExpression, compileExpression, type ExpressionRules } from './compile-expression.ts';
import { fits, isAny, typeName } from './condition-types.ts';
import { partsOf } from './parts-of.ts';
import { type AskExpression, planExpression } from './plan-expression.ts';
import { toCel } from './to-cel.ts';
import { createWorkBudget, type WorkBudget } from './work-budget.ts';

/** The expressions of a map: where the list of events is, if there are several, and what an event has where. */
export type EventExpressions = Readonly<Partial<Record<EventField | 'events', string | undefined>>>;

/** A map ready to be used, or what is wrong with which expression. */
export type CompiledEventMap =
  | { readonly ok: true; readonly map: EventMap }
  | { readonly ok: false; readonly faults: readonly { readonly key: string; readonly why: string }[] };

// Events are read on the main thread, which must go on within 50 ms: this is some 20, and enough for eight expressions
// with a pattern and a condition or two for each of 256 events.
const BUDGET = 15_000;
// Longer than every name, digest and time.
const MAX_TEXT = 4_096;

/** Compiles the expressions of a map, each over `body`, `headers` and, but for `events`, `event`. Never throws. */
export function compileEventMap(written: EventExpressions): CompiledEventMap {
  const expressions = [...EVENT_FIELDS, 'events' as const].flatMap((key) => {
    const source = written[key];
    return source === undefined ? [] : [{ key, source, compiled: compileExpression(source, rulesOf(key)) }];
  });
  const faults = expressions.flatMap(({ key, compiled }) => (compiled.ok ? [] : [{ key, why: compiled.why }]));
  if (faults.length > 0) return { ok: false, faults };
  const ready = expressions.flatMap(({ key, compiled }) => (compiled.ok ? [{ key, compiled }] : []));
  const sources = Object.fromEntries(expressions.map(({ key, source }) => [key, source]));
  return { ok: true, map: { written: sources, read: createReader(ready) } };
}

/** The types of what may be given; where an event holds it, the type is not known before. */
function wantedOf(key: EventField | 'events', { CelScalar, listType, objectType }: Cel): readonly CelType[] {
  if (key === 'events') return [listType(CelScalar.DYN)];
  if (key === 'kind') return [CelScalar.STRING, CelScalar.BOOL];
  if (key === 'time')
    return [CelScalar.STRING, CelScalar.INT, CelScalar.DOUBLE, objectType('google.protobuf.Timestamp')];
  return [CelScalar.STRING];
}

function rulesOf(key: EventField | 'events'): ExpressionRules {
  return {
    what: 'expression',
    names: (cel) => {
      const { DYN, STRING } = cel.CelScalar;
      const names: [string, CelType][] = [
        ['body', DYN],
        ['headers', cel.mapType(STRING, STRING)],
      ];
      return new Map(key === 'events' ? names : [...names, ['event', DYN]]);
    },
    refuse: (type, expr, cel) => {
      if (hasOpenPattern(expr)) return 'expected a pattern that is written here, got one that is made of something';
      const wanted = wantedOf(key, cel);
      if (isAny(type) || wanted.some((one) => fits(type, one))) return undefined;
      return `it gives ${typeName(type)}, and must give ${wanted.map(typeName).join(' or ')}`;
    },
  };
}

/** Whoever writes the body must not write a pattern: how long one takes is known only of those that are written here. */
function hasOpenPattern(expr: Expr): boolean {
  const { exprKind } = expr;
  if (exprKind.case === 'callExpr' && ['matches', 'find', 'findAll'].includes(exprKind.value.function)) {
    const { target, args } = exprKind.value;
    const pattern = args[target === undefined ? 1 : 0]?.exprKind;
    if (pattern?.case !== 'constExpr') return true;
  }
  return partsOf(expr).some(hasOpenPattern);
}

type Compiled = Extract<CompiledExpression, { readonly ok: true }>;

function createReader(
  expressions: readonly { readonly key: EventField | 'events'; readonly compiled: Compiled }[],
): EventMap['read'] {
  const [first] = expressions;
  if (first === undefined) return () => [];
  const { cel } = first.compiled;
  const budget = createWorkBudget(cel, { units: BUDGET, of: 'body', exact: true });
  const planned = expressions.map(({ key, compiled: { environment, expr } }) => {
    return { key, ask: planExpression(cel, environment, expr, budget) };
  });
  const list = planned.find(({ key }) => key === 'events');
  const fields = planned.flatMap(({ key, ask }) => (key === 'events' ? [] : [{ key, ask }]));
  return (body, headers) => {
    budget.refill();
    const named = { body: toCel(cel, body, MAX_TEXT), headers: toCel(cel, headers, MAX_TEXT) };
    const readEvent = (event: CelInput) => (): MappedEvent =>
      Object.fromEntries(fields.map(({ key, ask }) => [key, evaluate(ask, { ...named, event }, cel, budget)]));
    if (list === undefined) return [readEvent(named.body)];
    const found = ask(list.ask, named, cel, budget);
    if (cel.isCelList(found)) return [...found].map(readEvent);
    const { why } = cel.isCelError(found) ? { why: found.message } : { why: `it gives ${nameOf(found, cel)}` };
    return [() => ({ repository: { kind: 'fault', why: `the list of events cannot be told: ${shortText(why)}` } })];
  };
}

type Names = Readonly<Record<string, CelInput>>;

/** @throws {InvalidInputError} `EVENT_TOO_LARGE`: it takes too much work */
function ask(expression: AskExpression, names: Names, cel: Cel, budget: WorkBudget): ReturnType<AskExpression> {
  const found = attempt(expression, names, cel);
  if (!budget.isSpent()) return found;
  const message = 'it takes too much work for this body to be read by the map';
  throw new InvalidInputError('EVENT_TOO_LARGE', message, [{ where: 'map', message }]);
}

function attempt(expression: AskExpression, names: Names, cel: Cel): ReturnType<AskExpression> {
  try {
    return expression(names);
  } catch (error) {
    // The budget, or the stack on a value that nests too deep.
    return cel.celError(error instanceof Error ? error.message : String(error));
  }
}

function evaluate(expression: AskExpression, names: Names, cel: Cel, budget: WorkBudget): MappedValue {
  const found = ask(expression, names, cel, budget);
  if (cel.isCelError(found)) {
    return MISSING.test(found.message) ? { kind: 'absent' } : { kind: 'fault', why: shortText(found.message) };
  }
  return toMapped(found, cel);
}

// How the library says that an event does not have what it is asked for.
const MISSING = /^(?:field not found: |index \S+ out of bounds )/;

function toMapped(value: CelValue, cel: Cel): MappedValue {
  if (value === null) return { kind: 'absent' };
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return { kind: 'value', value };
  if (typeof value === 'bigint') return { kind: 'value', value: Number(value) };
  const seconds = secondsOf(value);
  return seconds === undefined
    ? { kind: 'fault', why: `it gives ${nameOf(value, cel)}` }
    : { kind: 'value', value: seconds };
}

/** Of a timestamp. */
function secondsOf(value: CelValue): number | undefined {
  if (typeof value !== 'object' || value === null || !('message' in value)) return undefined;
  const { message } = value as { readonly message: { readonly seconds?: unknown; readonly nanos?: unknown } };
  const { seconds, nanos } = message;
  return typeof seconds === 'bigint' && typeof nanos === 'number' ? Number(seconds) + nanos / 1e9 : undefined;
}

function nameOf(value: CelValue, cel: Cel): string {
  return typeName(cel.celType(value));
}
