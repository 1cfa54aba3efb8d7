import { globSync, readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { PolicySet } from '../domain/policy.ts';
import { errorCode } from '../kit/error-code.ts';
import { type InputIssue, InvalidInputError } from '../kit/errors.ts';
import { type PolicyFile, type PolicyOptions, parsePolicyDocuments } from '../policy/read/parse-policy-documents.ts';

/** A path or glob of `policies`, and where it stands. */
export interface PolicyPath {
  readonly path: string;
  readonly where: string;
}

/** The policies, or everything that is wrong with them. */
export interface PolicyReading {
  readonly policies?: PolicySet;
  readonly files: readonly string[];
  readonly issues: readonly InputIssue[];
}

/**
 * Finds and reads policy files; paths are relative to `folder`. All faults of all files at once.
 * @throws only what is a defect of ours: faults of the files are in what it returns.
 */
export function readPolicies(paths: readonly PolicyPath[], folder: string, options: PolicyOptions): PolicyReading {
  const issues: InputIssue[] = [];
  const files = [...new Set(paths.flatMap((entry) => findFiles(entry, folder, issues)))];
  const texts = files.flatMap((file) => readText(file, issues));
  if (texts.length === 0) return { files, issues };
  try {
    const policies = parsePolicyDocuments(texts, readKeyFile, options);
    return { files, issues, ...(issues.length === 0 && { policies }) };
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    return { files, issues: [...issues, ...error.issues] };
  }
}

/** Reads a key that a policy names, by a path relative to the policy's file. @throws {InvalidInputError} */
export function readKeyFile(path: string, relativeToFile: string): string {
  const file = resolve(dirname(relativeToFile), path);
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    const message = `${file} cannot be read (${errorCode(cause) ?? 'unknown error'})`;
    const hint = 'A path is relative to the policy file that names it.';
    throw new InvalidInputError('POLICY_INVALID', message, [{ where: relativeToFile, message, hint }], { cause });
  }
}

/** PATH_MAX of Linux: no file has a longer path, and the search for globs breaks on far longer ones. */
const MAX_PATH = 4_096;

function findFiles({ path, where }: PolicyPath, folder: string, issues: InputIssue[]): readonly string[] {
  if (path.length > MAX_PATH) {
    issues.push({ where, message: `expected a path or glob, got a text of ${path.length} characters` });
    return [];
  }
  const found = globSync(path, { cwd: folder })
    .map((file) => resolve(folder, file))
    .filter((file) => statSync(file, { throwIfNoEntry: false })?.isFile() === true)
    .sort();
  if (found.length === 0) {
    const hint = `Looked in ${folder}; a path is relative to the configuration file.`;
    issues.push({ where, message: `no policy file is at "${path}"`, hint });
  }
  return found;
}

function readText(file: string, issues: InputIssue[]): readonly PolicyFile[] {
  try {
    return [{ file, text: readFileSync(file, 'utf8') }];
  } catch (error) {
    issues.push({
      where: file,
      message: `cannot be read (${errorCode(error) ?? 'unknown error'})`,
      hint: 'Let Lazaret read it.',
    });
    return [];
  }
}
