import type { CelFunc, CelUint } from '@bufbuild/cel';
import type { Cel } from './cel.ts';

/**
 * Arithmetic of numbers of different types, which CEL itself refuses. All numbers of a predicate are doubles, as in
 * cel-go, so that nothing depends on whether a score happens to be whole. But numbers that people write in a condition,
 * as in `predicate.score / 2`, are integers. Text is converted only if it is a decimal number as a whole: the library
 * reads "" as 0 and "0x10" as 16.
 */
export function numberFunctions({ celFunc, celUint, CelScalar }: Cel): readonly CelFunc[] {
  const { INT, UINT, DOUBLE, STRING } = CelScalar;
  const mixed = [INT, UINT].flatMap((whole) => [[whole, DOUBLE] as const, [DOUBLE, whole] as const]);
  const arithmetic = Object.entries(ARITHMETIC).flatMap(([name, operation]) => {
    const pairs = name === '_%_' ? [...mixed, [DOUBLE, DOUBLE] as const] : mixed;
    return pairs.map((pair) =>
      celFunc(name, pair, DOUBLE, (left: Numeric, right: Numeric) => operation(toNumber(left), toNumber(right))),
    );
  });
  return [
    ...arithmetic,
    celFunc('int', [STRING], INT, (text) => wholeNumber(text, /^[+-]?\d+$/, -(2n ** 63n), 2n ** 63n - 1n)),
    celFunc('uint', [STRING], UINT, (text) => celUint(wholeNumber(text, /^\d+$/, 0n, 2n ** 64n - 1n))),
    celFunc('double', [STRING], DOUBLE, decimalNumber),
  ];
}

type Numeric = bigint | number | CelUint;

const ARITHMETIC: Readonly<Record<string, (left: number, right: number) => number>> = {
  '_+_': (left, right) => left + right,
  '_-_': (left, right) => left - right,
  '_*_': (left, right) => left * right,
  '_/_': (left, right) => left / right,
  '_%_': (left, right) => {
    if (!Number.isInteger(left) || !Number.isInteger(right)) throw new Error('% is for whole numbers only');
    if (right === 0) throw new Error('modulus by zero');
    return left % right;
  },
};

function toNumber(value: Numeric): number {
  return Number(typeof value === 'object' ? value.value : value);
}

function wholeNumber(text: string, form: RegExp, min: bigint, max: bigint): bigint {
  // Converting digits takes the square of their number; the largest number that fits has twenty.
  const value = text.length <= 40 && form.test(text) ? BigInt(text.replace(/^\+/, '')) : undefined;
  if (value === undefined || value < min || value > max) throw new Error('the text is not a whole number');
  return value;
}

function decimalNumber(text: string): number {
  if (text.length > 400 || !/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text)) {
    throw new Error('the text is not a number');
  }
  return Number(text);
}
