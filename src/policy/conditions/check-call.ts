import type { CelFunc, CelValue } from '@bufbuild/cel';
import { nearestWord } from '../../kit/nearest-word.ts';
import { shortText } from '../../kit/short-text.ts';
import { patternFault } from '../judge/match-text.ts';
import type { Cel, CelType, Environment, Expr, Functions } from './cel.ts';
import { fits, joinTypes, typeName } from './condition-types.ts';

/** A call whose function is known by name, and the types of what it is given. */
export interface TypedCall {
  readonly expr: Expr;
  readonly name: string;
  readonly target: { readonly expr: Expr; readonly type: CelType } | undefined;
  readonly args: readonly { readonly expr: Expr; readonly type: CelType }[];
}

/** Checks that there is a function of this name. @throws what `fault` makes of the sentence that there is none */
export function checkFunction({ funcs }: Environment, name: string, fault: (message: string) => Error): void {
  if (funcs.find(name) === undefined) throw fault(unknownFunction(name, funcs));
}

/**
 * The type of what a call gives, by the functions there are.
 * @throws what `fault` makes of the sentence, where the call could never be right: no function takes such arguments, or
 * what is written into it is no pattern, time or zone
 */
export function checkCall(
  cel: Cel,
  environment: Environment,
  call: TypedCall,
  fault: (message: string) => Error,
): CelType {
  const forms = [...(environment.funcs.find(call.name) ?? [])].filter(
    (form) => (form.target === undefined) === (call.target === undefined),
  );
  const fitting = forms.filter((form) => isFitting(form, call));
  if (fitting.length === 0) throw fault(explainMisfit(call, forms));
  const wrong = literalFault(cel, environment, call);
  if (wrong !== undefined) throw fault(wrong);
  return joinTypes(
    cel,
    fitting.map(({ result }) => result),
  );
}

function isFitting(form: CelFunc, { target, args }: TypedCall): boolean {
  if (form.target !== undefined && target !== undefined && !fits(target.type, form.target)) return false;
  return (
    form.arguments.length === args.length &&
    form.arguments.every((wanted, at) => fits(args[at]?.type ?? wanted, wanted))
  );
}

/** Macros, which the parser has replaced before we see the expression; and what other languages call our functions. */
const MACROS = ['has', 'all', 'exists', 'exists_one', 'map', 'filter'];
const ELSEWHERE: Readonly<Record<string, string>> = {
  len: 'size',
  length: 'size',
  count: 'size',
  lower: 'lowerAscii',
  toLower: 'lowerAscii',
  toLowerCase: 'lowerAscii',
  upper: 'upperAscii',
  toUpper: 'upperAscii',
  toUpperCase: 'upperAscii',
  includes: 'contains',
  strip: 'trim',
  match: 'matches',
  replaceAll: 'replace',
  any: 'exists',
  some: 'exists',
  every: 'all',
  getYear: 'getFullYear',
  getDay: 'getDayOfWeek',
};

function unknownFunction(name: string, functions: Functions): string {
  if (name === 'has') return '`has` takes one field, as in has(x.metadata)';
  if (MACROS.includes(name)) return `\`${name}\` takes a name and a condition, as in list.${name}(x, x.name != "")`;
  const words = new Set([...functions].map((form) => form.name).filter((word) => /^[a-z]/i.test(word)));
  const word = nearestWord(name, [...words, ...MACROS, ...Object.keys(ELSEWHERE)]);
  const nearest = word !== undefined && Object.hasOwn(ELSEWHERE, word) ? ELSEWHERE[word] : word;
  const hint = nearest === undefined ? 'docs/policies.md lists all there are' : `did you mean \`${nearest}\`?`;
  return `unknown function \`${shortText(name, 40)}\`; ${hint}`;
}

function explainMisfit({ name, target, args }: TypedCall, forms: readonly CelFunc[]): string {
  const given = args.map(({ type }) => typeName(type));
  const operator = /^!?_?(.{1,2})_$/.exec(name)?.[1];
  if (operator !== undefined) return `\`${operator}\` does not go with ${given.join(' and ')}${adviceFor(given)}`;
  if (forms.length === 0) {
    return target === undefined
      ? `\`${name}\` is written after what it is asked of: x.${name}(…)`
      : `\`${name}\` is written before what it is given: ${name}(x)`;
  }
  const shown = target === undefined ? '' : `${typeName(target.type)}.`;
  const wanted = forms.map((form) => {
    const of = form.target === undefined ? '' : `${typeName(form.target)}.`;
    return `${of}${name}(${form.arguments.map(typeName).join(', ')})`;
  });
  return `expected ${wanted.slice(0, 4).join(' or ')}, got ${shown}${name}(${given.join(', ')})`;
}

function adviceFor(types: readonly string[]): string {
  const has = (name: string): boolean => types.includes(name);
  if (has('timestamp') && has('string')) return '; write timestamp("2026-11-20T12:00:00Z")';
  if (has('timestamp') && (has('int') || has('double'))) return '; write a duration, such as duration("24h")';
  if (types.length > 1 && has('string')) return '; string(…), int(…) and double(…) make one of the other';
  return '';
}

/** Where a function takes a pattern, by its place among the arguments. */
const PATTERN_AT: Readonly<Record<string, number>> = { matches: 0, find: 0, findAll: 0 };

/** What is wrong with a literal in the condition itself: a time that does not exist, a pattern that cannot be used. */
function literalFault(cel: Cel, environment: Environment, call: TypedCall): string | undefined {
  const { expr, name, target, args } = call;
  const at = PATTERN_AT[name];
  const pattern = at === undefined ? undefined : literalOf(args[target === undefined ? at + 1 : at]?.expr);
  const why = typeof pattern === 'string' && pattern !== '' ? patternFault(pattern) : undefined;
  if (why !== undefined) return `the pattern "${shortText(String(pattern), 60)}" cannot be used: ${why} (RE2)`;
  const values = args.map((arg) => literalOf(arg.expr));
  if (target !== undefined && typeName(target.type) === 'timestamp' && typeof values[0] === 'string') {
    const inZone = cel.plan(environment, cel.parse(`timestamp(0).${name}(zone)`))({ zone: values[0] });
    return cel.isCelError(inZone) ? `${name}("${shortText(values[0], 60)}"): ${inZone.message}` : undefined;
  }
  if (values.includes(undefined) || (target !== undefined && literalOf(target.expr) === undefined)) return undefined;
  const result = cel.plan(environment, expr)({});
  if (!cel.isCelError(result)) return undefined;
  const written = values.map((value) => (typeof value === 'string' ? `"${shortText(value, 60)}"` : String(value)));
  return /^\w+$/.test(name) ? `${name}(${written.join(', ')}): ${result.message}` : result.message;
}

function literalOf(expr: Expr | undefined): CelValue | undefined {
  const constant = expr?.exprKind.case === 'constExpr' ? expr.exprKind.value.constantKind : undefined;
  const isPlain =
    constant?.case === 'stringValue' || constant?.case === 'int64Value' || constant?.case === 'doubleValue';
  return isPlain ? constant.value : undefined;
}
