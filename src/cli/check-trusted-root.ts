import { readFileSync } from 'node:fs';
import type { ImagePolicy } from '../domain/policy.ts';
import type { TrustRoot } from '../domain/trust-root.ts';
import { InvalidInputError } from '../kit/errors.ts';
import { checkRootUse } from '../pipeline/judge/check-root-use.ts';

/**
 * Reads the file of a trust root and tries whether it can be used as these policies use it.
 * @throws {InvalidInputError} `TRUST_ROOT_INVALID` that names the file; `POLICY_INVALID` for a key it cannot vouch for
 */
export function checkTrustedRoot(
  path: string,
  root: Omit<TrustRoot, 'document'>,
  policies: readonly ImagePolicy[],
): void {
  const document = readTrustedRoot(path);
  try {
    checkRootUse({ ...root, document }, policies);
  } catch (cause) {
    if (!(cause instanceof InvalidInputError) || cause.code !== 'TRUST_ROOT_INVALID') throw cause;
    // The fault names places in a document; here it has a name of its own.
    const issues = cause.issues.map((issue) => ({ ...issue, where: `${path}: ${issue.where}` }));
    throw new InvalidInputError('TRUST_ROOT_INVALID', `${path} cannot be used as a trust root`, issues, { cause });
  }
}

function readTrustedRoot(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    const message = code === 'ENOENT' ? 'there is no such file' : `it cannot be read (${code})`;
    const hint = 'Expected the trusted_root.json of a Sigstore instance.';
    throw new InvalidInputError('TRUST_ROOT_INVALID', 'the trust root cannot be read', [
      { where: path, message, hint },
    ]);
  }
}
