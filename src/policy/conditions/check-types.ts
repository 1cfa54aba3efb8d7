import { nearestWord } from '../../kit/nearest-word.ts';
import { type Cel, type CelType, ConditionFault, type Environment, type Expr } from './cel.ts';
import { checkCall, checkFunction } from './check-call.ts';
import { checkOperator, isOperator } from './check-operator.ts';
import { isAny, joinTypes, typeName } from './condition-types.ts';

/** The names that stand for something, and the types of what they stand for. */
export type Names = ReadonlyMap<string, CelType>;

type Kind<Case> = Extract<Expr['exprKind'], { readonly case: Case }>['value'];
type TypeOf = (expr: Expr | undefined, names: Names) => CelType;

/**
 * Tells the type of the value of an expression. An expression that no predicate could make right is a fault here;
 * without this check it would fail only when the first image is judged, and then for every image. A value inside the
 * predicate may be of any type.
 *
 * @throws {ConditionFault}
 */
export function createTypeCheck(cel: Cel, environment: Environment): TypeOf {
  const { BOOL, DYN, TYPE } = cel.CelScalar;
  const typeOf: TypeOf = (expr, names) => {
    if (expr === undefined) return DYN;
    const kind = expr.exprKind;
    switch (kind.case) {
      case 'constExpr':
        return typeOfLiteral(cel, kind.value, expr.id);
      case 'identExpr': {
        const { name } = kind.value;
        const type = names.get(name) ?? (TYPES.has(name) ? TYPE : undefined);
        if (type === undefined) throw new ConditionFault(unknownName(name, names), expr.id);
        return type;
      }
      case 'selectExpr': {
        const { operand, field, testOnly } = kind.value;
        if (MESSAGES.has(qualifiedName(expr) ?? '')) return TYPE;
        const of = typeOf(operand, names);
        if (of.kind !== 'map' && !isAny(of)) throw new ConditionFault(`${typeName(of)} has no \`.${field}\``, expr.id);
        if (testOnly) return BOOL;
        return of.kind === 'map' ? of.value : of;
      }
      case 'callExpr':
        return typeOfCall(expr, kind.value, names);
      case 'listExpr':
        return cel.listType(joinAll(kind.value.elements, names));
      case 'structExpr':
        return typeOfMap(kind.value, expr.id, names);
      case 'comprehensionExpr':
        return typeOfLoop(kind.value, expr.id, names);
      default:
        return DYN;
    }
  };

  function joinAll(exprs: readonly Expr[], names: Names): CelType {
    return joinTypes(
      cel,
      exprs.map((one) => typeOf(one, names)),
    );
  }

  function typeOfMap({ messageName, entries }: Kind<'structExpr'>, id: bigint, names: Names): CelType {
    if (messageName !== '') throw new ConditionFault(`unknown type \`${messageName}\``, id);
    const keys = entries.flatMap(({ keyKind }) => (keyKind.case === 'mapKey' ? [keyKind.value] : []));
    const values = entries.flatMap(({ value }) => value ?? []);
    const key = joinAll(keys, names);
    return cel.mapType(isKey(key) ? key : DYN, joinAll(values, names));
  }

  // Macros such as `all` are loops by the time they are read.
  function typeOfLoop(loop: Kind<'comprehensionExpr'>, id: bigint, names: Names): CelType {
    const range = typeOf(loop.iterRange, names);
    if (range.kind !== 'list' && range.kind !== 'map' && !isAny(range)) {
      throw new ConditionFault(`expected a list or a map to go through, got ${typeName(range)}`, id);
    }
    const member = range.kind === 'list' ? range.element : range.kind === 'map' ? range.key : range;
    const start = typeOf(loop.accuInit, names);
    const inside = new Map([...names, [loop.accuVar, start], [loop.iterVar, member]]);
    typeOf(loop.loopCondition, inside);
    const step = typeOf(loop.loopStep, inside);
    return typeOf(loop.result, new Map([...inside, [loop.accuVar, joinTypes(cel, [start, step])]]));
  }

  function typeOfCall(expr: Expr, call: Kind<'callExpr'>, names: Names): CelType {
    const fault = (message: string): ConditionFault => new ConditionFault(message, expr.id);
    // `sets.contains(…)` is read as a call upon something that is called `sets`.
    const qualified = call.target === undefined ? undefined : `${qualifiedName(call.target)}.${call.function}`;
    const isQualified = qualified !== undefined && environment.funcs.find(qualified) !== undefined;
    const target = isQualified || call.target === undefined ? undefined : typed(call.target, names);
    const name = isQualified ? qualified : call.function;
    // The function is checked before its arguments: in `names.every(n, n != "")` both `every` and `n` are unknown, and
    // only the first is the mistake.
    if (!isOperator(name)) checkFunction(environment, name, fault);
    const args = call.args.map((one) => typed(one, names));
    const types = args.map(({ type }) => type);
    const ofOperator = checkOperator(cel, call.function, types, fault);
    if (ofOperator !== undefined) return ofOperator;
    return checkCall(cel, environment, { expr, name, target, args }, fault);
  }

  function typed(expr: Expr, names: Names): { readonly expr: Expr; readonly type: CelType } {
    return { expr, type: typeOf(expr, names) };
  }

  return typeOf;
}

// Names CEL knows without anybody declaring them: its types. https://github.com/google/cel-spec/blob/master/doc/langdef.md
const TYPES: ReadonlySet<string> = new Set([
  'bool',
  'bytes',
  'double',
  'int',
  'list',
  'map',
  'null_type',
  'string',
  'type',
  'uint',
]);
const MESSAGES: ReadonlySet<string> = new Set(['google.protobuf.Timestamp', 'google.protobuf.Duration']);

function typeOfLiteral({ CelScalar }: Cel, { constantKind }: Kind<'constExpr'>, id: bigint): CelType {
  switch (constantKind.case) {
    case 'boolValue':
      return CelScalar.BOOL;
    case 'bytesValue':
      return CelScalar.BYTES;
    case 'doubleValue':
      return CelScalar.DOUBLE;
    case 'int64Value':
      if (BigInt.asIntN(64, constantKind.value) === constantKind.value) return CelScalar.INT;
      throw new ConditionFault(`the whole number ${constantKind.value} is too large`, id);
    case 'uint64Value':
      if (BigInt.asUintN(64, constantKind.value) === constantKind.value) return CelScalar.UINT;
      throw new ConditionFault(`the whole number ${constantKind.value} is too large`, id);
    case 'nullValue':
      return CelScalar.NULL;
    case 'stringValue':
      return CelScalar.STRING;
    default:
      return CelScalar.DYN;
  }
}

type MapKey = Parameters<Cel['mapType']>[0];

function isKey(type: CelType): type is MapKey {
  return ['bool', 'int', 'string', 'uint'].includes(type.name);
}

function qualifiedName({ exprKind }: Expr): string | undefined {
  if (exprKind.case === 'identExpr') return exprKind.value.name;
  if (exprKind.case !== 'selectExpr' || exprKind.value.operand === undefined) return undefined;
  const before = qualifiedName(exprKind.value.operand);
  return before === undefined ? undefined : `${before}.${exprKind.value.field}`;
}

function unknownName(name: string, names: Names): string {
  // What a macro keeps its result in has a name that nobody can write.
  const known = [...names.keys()].filter((word) => !word.startsWith('@'));
  const nearest = nearestWord(name, known);
  const listed = known.map((word) => `\`${word}\``).join(', ');
  const hint = nearest === undefined ? `known are ${listed}` : `did you mean \`${nearest}\`?`;
  return `unknown name \`${name}\`; ${hint}`;
}
