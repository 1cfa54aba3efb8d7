import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseSync } from 'oxc-parser';

/** One import as it is written: types, re-exports and imports at run time are imports too. */
export interface Import {
  /** The importing file, relative to the root, with `/`. */
  readonly file: string;
  readonly specifier: string;
  /** Whether nothing of it is left at run time. */
  readonly onlyTypes: boolean;
}

/** Stands for a specifier that is made at run time. */
export const COMPUTED = 'what is computed';

/** Every import of the TypeScript files below these folders of `root`. Throws if a file cannot be parsed. */
export function readImports(root: string, folders: readonly string[]): readonly Import[] {
  return folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => `${folder}/${name}`)
      .flatMap((file) => importsOf(root, file)),
  );
}

function importsOf(root: string, file: string): readonly Import[] {
  const text = readFileSync(join(root, file), 'utf8');
  const { module, errors } = parseSync(file, text);
  if (errors.length > 0) throw new Error(`${file} cannot be parsed: ${errors[0]?.message}`);
  const statements = module.staticImports.map(({ moduleRequest, entries }) => ({
    specifier: moduleRequest.value,
    onlyTypes: entries.length > 0 && entries.every((entry) => entry.isType),
  }));
  const reExports = module.staticExports
    .flatMap(({ entries }) => entries)
    .flatMap(({ moduleRequest, isType }) =>
      moduleRequest === null ? [] : [{ specifier: moduleRequest.value, onlyTypes: isType }],
    );
  // `createRequire` and `import('…').Type` are imports that a module's own record does not hold.
  const calls = [...text.matchAll(/\b(?:require|import)\(\s*(['"`])([^'"`$]+)\1\s*\)/g)].map(
    ([, , specifier = '']) => ({
      specifier,
      onlyTypes: false,
    }),
  );
  const computed = module.dynamicImports
    .filter(({ moduleRequest: { start, end } }) => !/^(['"`])[^'"`$]+\1$/.test(text.slice(start, end)))
    .map(() => ({ specifier: COMPUTED, onlyTypes: false }));
  return [...statements, ...reExports, ...calls, ...computed].map((one) => ({ file, ...one }));
}
