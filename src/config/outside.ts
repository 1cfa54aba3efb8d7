import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { Secret } from '../kit/secret.ts';

/** The environment variables of the process, or a test's. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A value from outside the configuration file, or why it cannot be had and what to do. */
export type OutsideReading<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly why: string; readonly hint: string };

/** What reading a configuration needs besides its own text. */
export interface Outside {
  /** The path as written, relative to the configuration file, made absolute. */
  resolvePath(path: string): string;
  readText(path: string): OutsideReading<string>;
  /** The text of a file without the newline at its end; never empty. */
  readSecret(path: string): OutsideReading<Secret>;
  readVariable(name: string): OutsideReading<Secret>;
  /** How many secrets could not be read so far. */
  missingSecrets(): number;
}

// A larger secret is another file by mistake; a bundle of all public certificate authorities takes 220 KiB.
const MAX_FILE_BYTES = 1024 * 1024;

/** Reads beside the configuration file, synchronously: it happens once, before anything else runs. */
export function createOutside(configFile: string, environment: Environment): Outside {
  const folder = dirname(resolve(configFile));
  let missing = 0;

  const countMissing = <T>(reading: OutsideReading<T>): OutsideReading<T> => {
    if (!reading.ok) missing += 1;
    return reading;
  };
  const resolvePath = (path: string): string => resolve(folder, path);

  return {
    resolvePath,
    readText: (path) => readFile(resolvePath(path)),
    readSecret: (path) => {
      const file = readFile(resolvePath(path));
      return countMissing(file.ok ? asSecret(file.value, resolvePath(path)) : file);
    },
    readVariable: (name) => countMissing(readVariable(name, environment)),
    missingSecrets: () => missing,
  };
}

function readFile(path: string): OutsideReading<string> {
  try {
    const bytes = readFileSync(path);
    if (bytes.length <= MAX_FILE_BYTES) return { ok: true, value: bytes.toString('utf8') };
    const why = `${path} holds ${bytes.length} bytes, expected at most ${MAX_FILE_BYTES}`;
    return { ok: false, why, hint: 'Name the right file.' };
  } catch (error) {
    return { ok: false, ...explain(path, error) };
  }
}

function explain(path: string, error: unknown): { readonly why: string; readonly hint: string } {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
  switch (code) {
    case 'ENOENT':
      return {
        why: `there is no file ${path}`,
        hint: 'Create it, or name the right one; a path is relative to the configuration file.',
      };
    case 'EACCES':
      return {
        why: `${path} may not be read by user ${process.getuid?.() ?? 'of this process'}`,
        hint: 'Let the user that Lazaret runs as read it.',
      };
    case 'EISDIR':
      return { why: `${path} is a folder`, hint: 'Name the file in it.' };
    default:
      return { why: `${path} cannot be read (${code})`, hint: 'Make it a file that can be read.' };
  }
}

// Editors and `echo` end a file with a newline, which belongs to no secret.
function asSecret(text: string, path: string): OutsideReading<Secret> {
  const value = text.replace(/\r?\n$/, '');
  if (value.trim() === '') return { ok: false, why: `${path} is empty`, hint: 'Write the secret into it.' };
  return { ok: true, value: new Secret(value) };
}

function readVariable(name: string, environment: Environment): OutsideReading<Secret> {
  const value = environment[name] ?? '';
  if (value.trim() !== '') return { ok: true, value: new Secret(value) };
  const why = `the environment variable ${name} is ${environment[name] === undefined ? 'not set' : 'empty'}`;
  return { ok: false, why, hint: `Set ${name} for the process, or name a file instead.` };
}
