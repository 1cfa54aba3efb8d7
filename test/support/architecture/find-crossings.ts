import { dirname, normalize } from 'node:path/posix';
import { FENCES, FREE, GATHERERS } from './fences.ts';
import { COMPUTED, type Import } from './read-imports.ts';

/** The imports that no fence lets through, each as a sentence. */
export function findCrossings(imports: readonly Import[]): readonly string[] {
  const gathered = membersOf(imports);
  return imports.filter((one) => !isAllowed(one) || isBetween(one, gathered)).map(inWords);
}

/** The row of the table that a file falls under; `undefined` if there is none, which lets nothing through. */
export function placeOf(file: string): string | undefined {
  const path = file.replace(/^src\//, '');
  return [...Object.keys(FENCES), ...FREE]
    .filter((place) => path === place || path.startsWith(`${place}/`))
    .sort((a, b) => b.length - a.length)[0];
}

function isAllowed({ file, specifier }: Import): boolean {
  const place = placeOf(file);
  const fence = place === undefined ? undefined : FENCES[place];
  if (place !== undefined && FREE.includes(place)) return true;
  if (fence === undefined) return false;
  if (specifier === COMPUTED) return fence.node === 'any';
  if (specifier.startsWith('node:')) return fence.node === 'any' || fence.node.includes(specifier.slice(5));
  if (!specifier.startsWith('.')) return fence.packages.includes(packageOf(specifier));
  const target = placeOf(targetOf({ file, specifier }));
  return target !== undefined && (target === place || fence.ours.includes(target));
}

/** Of each folder with a gatherer, the files it gathers. */
function membersOf(imports: readonly Import[]): ReadonlyMap<string, ReadonlySet<string>> {
  return new Map(
    GATHERERS.map((gatherer) => `src/${gatherer}`).map((gatherer) => [
      dirname(gatherer),
      new Set(
        imports
          .filter(({ file, specifier, onlyTypes }) => file === gatherer && isFellow(specifier) && !onlyTypes)
          .map(targetOf),
      ),
    ]),
  );
}

const isFellow = (specifier: string) => /^\.\/[^/]+$/.test(specifier);

function isBetween(one: Import, gathered: ReadonlyMap<string, ReadonlySet<string>>): boolean {
  const members = gathered.get(dirname(one.file));
  return members?.has(one.file) === true && members.has(targetOf(one));
}

// `zod/v4` and `@scope/name/part` are parts of a package.
function packageOf(specifier: string): string {
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
}

function targetOf({ file, specifier }: Pick<Import, 'file' | 'specifier'>): string {
  return normalize(`${dirname(file)}/${specifier}`);
}

function inWords({ file, specifier }: Import): string {
  return `${file} may not import ${specifier} (see ARCHITECTURE.md and test/support/architecture/fences.ts)`;
}
