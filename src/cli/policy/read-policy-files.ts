import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { PolicySet } from '../../domain/policy.ts';
import { type InputIssue, InvalidInputError } from '../../kit/errors.ts';
import { inFileOrder } from '../../kit/issue-order.ts';
import {
  type PolicyFile,
  type PolicyOptions,
  parsePolicyDocuments,
  type ReadKey,
} from '../../policy/read/parse-policy-documents.ts';

/** What the policies may refer to; without a configuration, found out once their text is known. */
export type PolicyOutside = PolicyOptions | ((files: readonly PolicyFile[]) => PolicyOptions);

/**
 * Reads the policy files of a command line (one named twice is read once) with the keys they name.
 * @throws {InvalidInputError} `POLICY_INVALID` with every fault of every file, unreadable ones included.
 */
export function readPolicyFiles(paths: readonly string[], outside: PolicyOutside): PolicySet {
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
    const options = typeof outside === 'function' ? outside(files) : outside;
    const set = parsePolicyDocuments(files, readKeyFile, options);
    if (issues.length === 0) return set;
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    issues.push(...error.issues);
  }
  const count = issues.length === 1 ? 'a fault' : `${issues.length} faults`;
  throw new InvalidInputError('POLICY_INVALID', `the policies have ${count}`, inFileOrder(issues, paths));
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
