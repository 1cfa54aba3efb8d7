import type { Command } from 'commander';
import type { CliContext } from '../cli-context.ts';
import type { CheckOptions } from '../policy/check-policies.ts';
import { examples, namedConfigOption, outputOption } from '../shared-options.ts';
import { addPolicyDiffCommand } from './policy-diff-command.ts';
import { addPolicySuggestCommand } from './policy-suggest-command.ts';
import { addPolicyTestCommand } from './policy-test-command.ts';

/** `lazaret policy …`: work on policy files. */
export function addPolicyCommands(program: Command, context: CliContext): void {
  const policy = program
    .command('policy')
    .summary('suggest, check, test and compare policies')
    .description('Work on policy files.')
    .addHelpText(
      'after',
      examples([
        'lazaret policy check policies/*.yaml && lazaret policy test policies/*.yaml',
        'in CI, before they are in force',
      ]),
    );
  policy
    .command('check')
    .summary('find every fault in policy files')
    .description(
      'Reads policy files and the keys they name, and prints every fault at once with its file and line. If there is ' +
        'none, says what each policy covers and what it asks for. Nothing is contacted.',
    )
    .argument('<file...>', 'policy files (YAML; several documents in one file are fine)')
    .addOption(namedConfigOption())
    .addOption(outputOption())
    .addHelpText(
      'after',
      `${examples(
        ['lazaret policy check policies/*.yaml', 'before a commit'],
        ['lazaret policy check acme.yaml --config lazaret.yaml', 'with its trust roots and KMS keys'],
        ['lazaret policy check acme.yaml -o json | jq .policies[].images', 'which images a file covers'],
      )}\n\nExit codes: 0 all right, 2 at least one fault.`,
    )
    .action(async (files: readonly string[], options: CheckOptions) => {
      const { checkPolicies } = await import('../policy/check-policies.ts');
      await checkPolicies(files, options, context);
    });
  addPolicySuggestCommand(policy, context);
  addPolicyTestCommand(policy, context);
  addPolicyDiffCommand(policy, context);
}
