import type { Config } from '../../config/config.ts';
import { policyOptions } from '../../config/policy-options.ts';
import { readConfig } from '../../config/read-config.ts';
import { registryName } from '../../domain/registry-name.ts';
import { InvalidInputError } from '../../kit/errors.ts';
import type { CliContext } from '../cli-context.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { plainJson } from '../plain-text.ts';
import { openRecord } from '../quarantine/open-record.ts';
import type { OutputFormat } from '../shared-options.ts';
import { findPolicyFiles } from './find-policy-files.ts';
import { readPolicyFiles } from './read-policy-files.ts';
import { rejudgeRecord } from './rejudge-record.ts';
import { printDiff, toJsonDiff } from './render-diff.ts';

/** The options of `policy diff`. */
export interface DiffOptions {
  readonly against: readonly string[];
  readonly config?: string;
  readonly output: OutputFormat;
}

/**
 * Judges everything on record by other policies and prints which verdicts would flip. Writes nothing, asks no registry.
 * @throws {InvalidInputError} `USAGE_INVALID` where there is no record yet, and every fault of configuration and policies
 * @throws {FaultError} where the record cannot be opened or read
 */
export async function diffPolicies(options: DiffOptions, context: CliContext): Promise<ExitCode> {
  const config = await readConfig(options.config, context.env);
  // What the configuration says about images without a policy, its trust roots and KMS keys stay as they are.
  const policies = readPolicyFiles(findPolicyFiles(options.against), policyOptions(config));
  const record = await openRecord(config);
  if (record === null) throw noRecord(config);
  try {
    const report = await rejudgeRecord(record.records.query, policies, {
      inForce: config.policies,
      hostOf: hostsOf(config),
    });
    if (options.output === 'json') context.terminal.out(plainJson(toJsonDiff(report), 2));
    else printDiff(report, context.terminal);
    return EXIT.ok;
  } finally {
    await record.close();
  }
}

function noRecord({ dataDir }: Config): InvalidInputError {
  const message = 'there is no record yet: no daemon has run with this configuration';
  return new InvalidInputError('USAGE_INVALID', message, [
    { where: dataDir, message: 'holds no database', hint: 'Images are judged anew from what a daemon has recorded.' },
  ]);
}

function hostsOf({ registries }: Config): (registryId: string) => string {
  // A registry that was taken out of the configuration has no host any more; its id says which one it was.
  return (registryId) => {
    const registry = registries.find(({ id }) => id === registryId);
    return registry === undefined ? registryId : registryName(registry.url);
  };
}
