import type { Config } from '../../config/config.ts';
import { policyOptions } from '../../config/policy-options.ts';
import { BUILT_IN_TRUST } from '../../domain/built-in-trust.ts';
import type { PolicySet } from '../../domain/policy.ts';
import { readPolicyFiles } from '../policy/read-policy-files.ts';

/**
 * The policies to judge by: those of the files given, which may refer to what the configuration names, else those of
 * the configuration. Images that the files do not cover are told as such, whatever the configuration says.
 * @throws {InvalidInputError} `POLICY_INVALID`
 */
export function choosePolicies(files: readonly string[], config: Config | undefined): PolicySet {
  if (files.length === 0 && config !== undefined) return config.policies;
  const noMatch = 'alert';
  if (config === undefined) return readPolicyFiles(files, { trustNames: BUILT_IN_TRUST, noMatch });
  // Repositories of evidence on other hosts are reached with Docker's credentials.
  const { registryHosts: _, ...outside } = policyOptions(config);
  return readPolicyFiles(files, { ...outside, noMatch });
}
