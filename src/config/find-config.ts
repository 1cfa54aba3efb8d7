import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { InvalidInputError } from '../kit/errors.ts';

const HERE = 'lazaret.yaml';
/** The configuration of the machine. */
export const MACHINE_CONFIG = '/etc/lazaret/lazaret.yaml';

/**
 * The `--config` that commands for people to paste must name: nothing for the configuration of the machine, which they
 * find themselves.
 */
export function fileToName(file: string): string | undefined {
  return file === MACHINE_CONFIG ? undefined : file;
}

/**
 * The absolute path of the configuration to read: the one given, else `lazaret.yaml` in the working directory, else
 * that of the machine.
 * @throws {InvalidInputError} `CONFIG_NOT_FOUND`
 */
export function findConfig(path: string | undefined): string {
  const candidates = path === undefined ? [HERE, MACHINE_CONFIG] : [path];
  const found = candidates.map((candidate) => resolve(candidate)).find((candidate) => existsSync(candidate));
  if (found !== undefined) return found;
  const tried = candidates.map((candidate) => resolve(candidate)).join(' nor ');
  const message = path === undefined ? `there is no configuration: neither ${tried}` : `there is no file ${tried}`;
  const hint = 'Name one with --config FILE, or write lazaret.yaml; docs/configuration.md has a minimal one.';
  throw new InvalidInputError('CONFIG_NOT_FOUND', message, [{ where: candidates[0] ?? HERE, message, hint }]);
}
