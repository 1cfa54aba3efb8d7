import type { Config } from '../../config/config.ts';
import { readConfig } from '../../config/read-config.ts';
import { InvalidInputError } from '../../kit/errors.ts';
import type { CliContext } from '../cli-context.ts';

/**
 * The configuration to judge with. A policy file alone is enough; then no configuration that happens to lie here may
 * change the result.
 * @throws {InvalidInputError} `CONFIG_NOT_FOUND`, `CONFIG_INVALID`
 */
export async function findConfiguration(
  options: { readonly config?: string; readonly policy?: readonly string[] },
  context: Pick<CliContext, 'env'>,
): Promise<Config | undefined> {
  if (options.config === undefined && options.policy !== undefined) return undefined;
  try {
    return await readConfig(options.config, context.env);
  } catch (error) {
    throw options.config === undefined ? withPolicyHint(error) : error;
  }
}

// Who verifies one image by hand has as a rule no configuration, and needs none.
function withPolicyHint(error: unknown): unknown {
  if (!(error instanceof InvalidInputError) || error.code !== 'CONFIG_NOT_FOUND') return error;
  const hint = 'Name a policy with --policy FILE (docs/policies.md has one), or a configuration with --config FILE.';
  const issues = error.issues.map((issue) => ({ ...issue, hint }));
  return new InvalidInputError(error.code, error.message, issues, { cause: error });
}
