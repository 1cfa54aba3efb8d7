import type { Command } from 'commander';
import type { CliContext } from '../cli-context.ts';
import { collect, configOption, examples, type OutputFormat, outputOption } from '../shared-options.ts';

interface DiffOptions {
  readonly against: readonly string[];
  readonly config?: string;
  readonly output: OutputFormat;
}

/** `lazaret policy diff`: what other policies would change. */
export function addPolicyDiffCommand(policy: Command, context: CliContext): void {
  policy
    .command('diff')
    .summary('say which verdicts other policies would flip')
    .description(
      'Judges every image on record by other policies, from the findings on record, and prints which verdicts would ' +
        'flip and why. No registry is asked and nothing is changed. Where what is on record does not tell, it says so.',
    )
    .requiredOption('--against <path>', 'policy file, or folder of them, to judge by; may be repeated', collect)
    .addOption(configOption())
    .addOption(outputOption())
    .addHelpText(
      'after',
      `${examples(
        ['lazaret policy diff --against policies-next/', 'before the new policies are put in force'],
        ["lazaret policy diff --against new.yaml -o json | jq '.changes[] | .image'", 'only the names'],
      )}\n\nExit codes: 0 done, whatever flips, 2 a fault in configuration or policies, 3 the database does not answer.`,
    )
    .action(async (options: DiffOptions) => {
      const { diffPolicies } = await import('../policy/diff-policies.ts');
      context.exitWith(await diffPolicies(options, context));
    });
}
