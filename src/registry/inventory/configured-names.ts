import { isRepositoryName } from '../../domain/image-reference.ts';

/** What the configuration's `repositories` say of what there is. */
export interface ConfiguredNames {
  /** Those that are full names. */
  readonly names: readonly string[];
  /** Those that stand for any number. */
  readonly globs: readonly string[];
}

export function readConfiguredNames(repositories: readonly string[]): ConfiguredNames {
  const [globs, names] = [repositories.filter(isGlob), repositories.filter((each) => !isGlob(each))];
  return { names: [...new Set(names.filter(isRepositoryName))], globs };
}

function isGlob(text: string): boolean {
  return /[*?]/.test(text);
}
