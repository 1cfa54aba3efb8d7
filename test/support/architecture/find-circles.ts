import { join } from 'node:path/posix';
import { COMPUTED, type Import } from './read-imports.ts';

/**
 * The files that import themselves over others, types included: each circle once, as the group of all files that reach
 * each other, in the order of the alphabet.
 */
export function findCircles(imports: readonly Import[]): readonly (readonly string[])[] {
  const ways = new Map<string, Set<string>>();
  for (const { file, specifier } of imports) {
    if (specifier === COMPUTED || !specifier.startsWith('.')) continue;
    const to = join(file, '..', specifier);
    ways.set(file, (ways.get(file) ?? new Set()).add(to));
  }
  const reached = new Map([...ways.keys()].map((file) => [file, reach(file, ways)]));
  const circles = new Map<string, readonly string[]>();
  for (const [file, all] of reached) {
    if (!all.has(file)) continue;
    const circle = [...all].filter((other) => reached.get(other)?.has(file)).toSorted();
    circles.set(circle.join(' '), circle);
  }
  return [...circles.values()];
}

/** What a file imports, and what that imports, and so on. */
function reach(start: string, ways: ReadonlyMap<string, ReadonlySet<string>>): ReadonlySet<string> {
  const seen = new Set<string>();
  const open = [...(ways.get(start) ?? [])];
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    if (seen.has(file)) continue;
    seen.add(file);
    open.push(...(ways.get(file) ?? []));
  }
  return seen;
}
