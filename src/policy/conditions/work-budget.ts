import type { CelValue } from '@bufbuild/cel';
import type { Cel, Functions } from './cel.ts';

/** How much work asking a condition once may take. */
export interface WorkBudget {
  /** Makes all of it available again. */
  readonly refill: () => void;
  /** The functions, each call of which is counted. */
  readonly count: (functions: Functions) => Functions;
}

/**
 * A call or round of a loop is 1, text costs a tenth for each character, as in cel-go. An honest condition on an SBOM
 * of 50,000 components takes a million; using up the whole budget takes some seconds. Without it, whoever writes the
 * predicate could make a condition run for days.
 */
const BUDGET = 5_000_000;

/** Counts the work of conditions: loops over lists in lists could run for days, and text doubles with every `+`. */
export function createWorkBudget({ isCelList }: Cel): WorkBudget {
  let left = BUDGET;
  const spend = (work: number): void => {
    left -= work;
    // It is thrown because an error that is returned would be ignored where the other side of `||` is true.
    if (left < 0) throw new Error('it takes too much work for this statement');
  };
  const sizeOf = (value: CelValue | undefined): number => {
    if (typeof value === 'string') return value.length / 10;
    if (value instanceof Uint8Array) return value.length / 10;
    return isCelList(value) ? value.size : 0;
  };
  const workOf = (name: string, values: readonly (CelValue | undefined)[]): number => {
    const [first = 0, second = 0] = values.map(sizeOf);
    if (name === '_+_' && isCelList(values[0])) return second;
    if (name === 'size' && isCelList(values[0])) return 0;
    // Matching takes up to the product of both lengths, and so does comparing two sets.
    if (PATTERNS.has(name) || name.startsWith('sets.')) return first + second + (first * second) / 2;
    return values.reduce((sum: number, value) => sum + sizeOf(value), 0);
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
      left = BUDGET;
    },
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
