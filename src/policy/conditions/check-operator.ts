import type { Cel, CelType } from './cel.ts';
import { canBeEqual, fits, isAny, joinTypes, typeName } from './condition-types.ts';

const OPERATORS: ReadonlySet<string> = new Set([
  '_&&_',
  '_||_',
  '_?_:_',
  '_==_',
  '_!=_',
  '_[_]',
  '@in',
  '@not_strictly_false',
]);

/** Whether this is the name of an operator, whose types `checkOperator` knows, and not of a function. */
export function isOperator(name: string): boolean {
  return OPERATORS.has(name);
}

/**
 * The type of what an operator gives between these types; `undefined` if the operator is a function like any other.
 * @throws what `fault` makes of the sentence, where the operator could never be right between them
 */
export function checkOperator(
  cel: Cel,
  name: string,
  types: readonly CelType[],
  fault: (message: string) => Error,
): CelType | undefined {
  const { BOOL, DYN } = cel.CelScalar;
  const [first = DYN, second = DYN, third = DYN] = types;
  switch (name) {
    case '_&&_':
    case '_||_': {
      const wrong = types.find((type) => !fits(type, BOOL));
      if (wrong === undefined) return BOOL;
      throw fault(`\`${name.slice(1, -1)}\` is between true and false, got ${typeName(wrong)}`);
    }
    case '_?_:_':
      if (fits(first, BOOL)) return joinTypes(cel, [second, third]);
      throw fault(`expected true or false before \`?\`, got ${typeName(first)}`);
    case '_==_':
    case '_!=_':
      if (canBeEqual(first, second)) return BOOL;
      throw fault(`${typeName(first)} and ${typeName(second)} are never equal`);
    case '_[_]':
      return typeOfMember(first, second, cel, fault);
    case '@in':
      return checkIn(first, second, fault) ?? BOOL;
    // A macro writes it around the condition of every loop.
    case '@not_strictly_false':
      return BOOL;
    default:
      return undefined;
  }
}

function typeOfMember(of: CelType, index: CelType, cel: Cel, fault: (message: string) => Error): CelType {
  if (isAny(of)) return of;
  if (of.kind !== 'list' && of.kind !== 'map') throw fault(`\`[…]\` is for lists and maps, got ${typeName(of)}`);
  const key = of.kind === 'list' ? cel.CelScalar.INT : of.key;
  if (!canBeEqual(index, key)) throw fault(`${typeName(index)} is never ${keyOf(of.kind)}${typeName(key)}`);
  return of.kind === 'list' ? of.element : of.value;
}

function keyOf(kind: 'list' | 'map'): string {
  return kind === 'list' ? 'the place in a list, which is ' : 'the key of a map whose keys are ';
}

function checkIn(wanted: CelType, of: CelType, fault: (message: string) => Error): undefined {
  if (isAny(of)) return undefined;
  if (of.kind !== 'list' && of.kind !== 'map') {
    const hint = of.name === 'string' ? '; for text write text.contains("part")' : '';
    throw fault(`\`in\` is for lists and maps, got ${typeName(of)}${hint}`);
  }
  const member = of.kind === 'list' ? of.element : of.key;
  if (!canBeEqual(wanted, member)) throw fault(`${typeName(wanted)} is never in a ${of.kind} of ${typeName(member)}`);
  return undefined;
}
