import { readFileSync } from 'node:fs';
import { InvalidInputError } from '../../kit/errors.ts';

/** Reads a file of the command line. @throws {InvalidInputError} `USAGE_INVALID` that says which option named it. */
export function readInputFile(option: string, path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    const message = code === 'ENOENT' ? `there is no file ${path}` : `${path} cannot be read (${code})`;
    throw new InvalidInputError('USAGE_INVALID', 'a file cannot be read', [{ where: option, message }]);
  }
}
