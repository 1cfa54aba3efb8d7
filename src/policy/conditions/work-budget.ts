import type { CelValue } from '@bufbuild/cel';
import { RE2JS } from 're2js';
import type { Cel, Functions } from './cel.ts';

/** How much work asking expressions may take until it is refilled. */
export interface WorkBudget {
  /** Makes all of it available again. */
  readonly refill: () => void;
  /** Whether it is used up. */
  readonly isSpent: () => boolean;
  /** The functions, each call of which is counted. */
  readonly count: (functions: Functions) => Functions;
}

export interface WorkLimits {
  /** A call or round of a loop is 1, text costs a tenth for each character, as in cel-go. */
  readonly units: number;
  /** What it is refilled for, in messages. */
  readonly of: string;
  /**
   * Whether values are weighed with all that is in them where they are compared, and patterns by the size of what they
   * compile to: where nothing else ends work that takes long.
   */
  readonly exact?: boolean;
}

/** Counts the work of expressions: loops over lists in lists could run for days, and text doubles with every `+`. */
export function createWorkBudget(cel: Cel, { units, of, exact = false }: WorkLimits): WorkBudget {
  let left = units;
  const spend = (work: number): void => {
    left -= work;
    // It is thrown because an error that is returned would be ignored where the other side of `||` is true.
    if (left < 0) throw new Error(`it takes too much work for this ${of}`);
  };
  const sizeOf = (value: CelValue | undefined): number => {
    if (typeof value === 'string') return value.length / 10;
    if (value instanceof Uint8Array) return value.length / 10;
    return cel.isCelList(value) ? value.size : 0;
  };
  const weightOf = exact ? createScale(cel) : sizeOf;
  const workOf = (name: string, values: readonly (CelValue | undefined)[]): number => {
    const size = COMPARISONS.has(name) || name.startsWith('sets.') ? weightOf : sizeOf;
    const [first = 0, second = 0] = values.map(size);
    if (name === '_+_' && cel.isCelList(values[0])) return second;
    if (name === 'size' && cel.isCelList(values[0])) return 0;
    if (exact && PATTERNS.has(name))
      return first * (1 + programSize(values[1]) / TENS_A_UNIT) * (name === 'matches' ? 1 : 4);
    if (exact && Object.hasOwn(SLOW, name)) return SLOW[name] ?? 0;
    // Matching takes up to the product of both lengths, and so does comparing two sets.
    if (PATTERNS.has(name) || name.startsWith('sets.')) return first + second + (first * second) / 2;
    return values.reduce((sum: number, value) => sum + size(value), 0);
  };
  const counted = (name: string, group: NonNullable<ReturnType<Functions['find']>>): typeof group =>
    Object.create(group, {
      call: {
        value: (id: number, target: CelValue | undefined, args: CelValue[]) => {
          spend(1 + workOf(name, target === undefined ? args : [target, ...args]));
          const result = group.call(id, target, args);
          if (typeof result === 'string') spend(result.length / 10);
          return result;
        },
      },
    });
  return {
    refill: () => {
      left = units;
    },
    isSpent: () => left < 0,
    count: (functions) =>
      Object.create(functions, {
        find: {
          value: (name: string) => {
            const group = functions.find(name);
            return group && counted(name, group);
          },
        },
      }),
  };
}

const PATTERNS: ReadonlySet<string> = new Set(['matches', 'find', 'findAll']);
const COMPARISONS: ReadonlySet<string> = new Set(['_==_', '_!=_', '@in', 'indexOf', 'lastIndexOf']);

// Ten characters take at worst 40 ns for each instruction of the pattern, and a unit is a microsecond. To say where a
// pattern was found takes some times as long.
const TENS_A_UNIT = 25;

// Measured in microseconds: a format of a zone is made anew for each that was not asked for lately.
const SLOW: Readonly<Record<string, number>> = {
  timestamp: 10,
  duration: 10,
  ...Object.fromEntries(
    [
      'Date',
      'DayOfMonth',
      'DayOfWeek',
      'DayOfYear',
      'FullYear',
      'Hours',
      'Milliseconds',
      'Minutes',
      'Month',
      'Seconds',
    ].map((part) => [`get${part}`, 100]),
  ),
};

/** The instructions that a pattern compiles to. Exact work is only for patterns that were read before. */
function programSize(pattern: CelValue | undefined): number {
  return typeof pattern === 'string' && pattern !== '' ? (sizes.get(pattern) ?? measure(pattern)) : 1;
}

// A memo, not state.
const sizes = new Map<string, number>();

function measure(pattern: string): number {
  if (sizes.size >= 1_000) sizes.clear();
  const size = RE2JS.compile(pattern).programSize();
  sizes.set(pattern, size);
  return size;
}

/** Weighs a value with everything in it; what is found twice is weighed once. */
function createScale({ isCelList, isCelMap }: Cel): (value: CelValue | undefined) => number {
  const known = new WeakMap<object, number>();
  const weightOf = (value: CelValue | undefined): number => {
    if (typeof value === 'string' || value instanceof Uint8Array) return value.length / 10;
    if (!isCelList(value) && !isCelMap(value)) return 0;
    const found = known.get(value);
    if (found !== undefined) return found;
    let weight = 0;
    for (const member of value.values()) weight += 1 + weightOf(member);
    if (isCelMap(value)) for (const key of value.keys()) weight += typeof key === 'string' ? key.length / 10 : 0;
    known.set(value, weight);
    return weight;
  };
  return weightOf;
}
