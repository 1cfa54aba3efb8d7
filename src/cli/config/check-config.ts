import type { Config } from '../../config/config.ts';
import { readConfig } from '../../config/read-config.ts';
import { InvalidInputError } from '../../kit/errors.ts';
import { checkPolicyRoots } from '../../pipeline/judge/check-policy-roots.ts';
import { checkRootUse } from '../../pipeline/judge/check-root-use.ts';
import { createTrustRoots } from '../../trust/create-trust-roots.ts';
import { checkTrustedRoot } from '../check-trusted-root.ts';
import type { CliContext } from '../cli-context.ts';
import { plainJson, plainText } from '../plain-text.ts';
import { printIssue } from '../print-error.ts';
import { printFaults } from '../print-faults.ts';
import type { OutputFormat } from '../shared-options.ts';
import { describeConfig, summarizeConfig } from './describe-config.ts';

interface CheckConfigOptions {
  readonly config?: string;
  readonly output: OutputFormat;
}

/** Tries every trust root as far as it is on this machine. @throws {InvalidInputError} what would end a start */
async function checkTrust({ trust, policies: { policies } }: Config): Promise<void> {
  for (const root of trust) if (root.origin.kind === 'file') checkTrustedRoot(root.origin.path, root, policies);
  const others = trust.filter(({ origin }) => origin.kind !== 'file');
  await createTrustRoots({ trust: others, check: (root) => checkRootUse(root, policies) });
}

/**
 * Reads the configuration and says every fault, or what the daemon would do. Sets the exit code.
 * @throws {FaultError} where a trust root cannot be loaded: that is no fault of the configuration.
 */
export async function checkConfig(options: CheckConfigOptions, context: CliContext): Promise<void> {
  try {
    const config = await readConfig(options.config, context.env);
    await checkPolicyRoots(config.policies);
    await checkTrust(config);
    if (options.output === 'json') {
      const warnings = config.warnings.map(({ where, message, hint = null }) => ({ where, message, hint }));
      context.terminal.out(plainJson({ ok: true, ...summarizeConfig(config), warnings, issues: [] }, 2));
      return;
    }
    const { out, style } = context.terminal;
    out(describeConfig(config).map(plainText).join('\n  '));
    out(style.good('The configuration is in order.'));
    if (config.warnings.length > 0) context.terminal.err('But probably not as it is meant:');
    for (const warning of config.warnings) printIssue(warning, context.terminal);
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    printFaults(error, options.output, context);
  }
}
