import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { type InputIssue, InvalidInputError } from '../../domain/errors.ts';
import type { PolicySet } from '../../domain/policy.ts';
import { type PolicyFile, parsePolicyDocuments, type ReadKey } from '../../policy/parse-policy-documents.ts';

/** Names of the trust roots the policies may use, found out once their text is known. */
export type TrustNames = (files: readonly PolicyFile[]) => readonly string[];

/**
 * Reads the policy files of a command line (one named twice is read once) with the keys they name. Images none of
 * them covers are told as such (`noMatch: alert`).
 * @throws {InvalidInputError} `POLICY_INVALID` with every fault of every file, unreadable ones included.
 */
export function readPolicyFiles(paths: readonly string[], trustNames: TrustNames): PolicySet {
  const issues: InputIssue[] = [];
  const files: PolicyFile[] = [];
  for (const file of new Set(paths)) {
    try {
      files.push({ file, text: readFileSync(file, 'utf8') });
    } catch (error) {
      issues.push({ where: file, message: whyUnreadable(error), hint: 'Paths are relative to the folder you are in.' });
    }
  }
  try {
    const set = parsePolicyDocuments(files, readKeyFile, { trustNames: trustNames(files), noMatch: 'alert' });
    if (issues.length === 0) return set;
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    issues.push(...error.issues);
  }
  const count = issues.length === 1 ? 'a fault' : `${issues.length} faults`;
  throw new InvalidInputError('POLICY_INVALID', `the policies have ${count}`, issues);
}

const readKeyFile: ReadKey = (path, relativeToFile) => {
  const file = resolve(dirname(relativeToFile), path);
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const hint = `Looked for ${file}: a path in a policy is relative to the policy's own file.`;
    const message = whyUnreadable(error);
    throw new InvalidInputError('POLICY_INVALID', message, [{ where: file, message, hint }]);
  }
};

function whyUnreadable(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
  if (code === 'ENOENT') return 'there is no such file';
  return code === 'EISDIR' ? 'expected a file, got a folder' : `the file cannot be read (${code})`;
}
