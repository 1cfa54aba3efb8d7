import type { Config } from '../../config/config.ts';
import type { PolicySet } from '../../domain/policy.ts';
import { DEFAULT_TRUST } from '../policy/named-trust.ts';
import { readPolicyFiles } from '../policy/read-policy-files.ts';

/**
 * The policies to judge by: those of the files given, else those of the configuration.
 * @throws {InvalidInputError} `POLICY_INVALID`
 */
export function choosePolicies(files: readonly string[], config: Config | undefined): PolicySet {
  if (files.length === 0 && config !== undefined) return config.policies;
  const names = config?.trust.map(({ name }) => name) ?? [DEFAULT_TRUST];
  return readPolicyFiles(files, () => names);
}
