import type { Command } from 'commander';
import type { CliContext } from '../cli-context.ts';
import type { TestOptions } from '../policy/test-policies.ts';
import { examples, namedConfigOption, outputOption } from '../shared-options.ts';

/** `lazaret policy test`: run the examples that policy files carry. */
export function addPolicyTestCommand(policy: Command, context: CliContext): void {
  policy
    .command('test')
    .summary('run the examples in policy files')
    .description(
      'Judges every example that policy files carry (an image, its evidence, the expected outcome) and says which end ' +
        'otherwise. Nothing is contacted: evidence and trust roots are files.',
    )
    .argument('<file...>', 'policy files, or folders of them')
    .addOption(namedConfigOption())
    .addOption(outputOption())
    .addHelpText(
      'after',
      `${examples(
        ['lazaret policy test policies/', 'in CI, after `lazaret policy check`'],
        ["lazaret policy test acme.yaml -o json | jq '.examples[] | select(.ok | not)'", 'only what went wrong'],
      )}\n\nExit codes: 0 all as expected, 1 at least one is not, 2 a fault in a policy or an example.`,
    )
    .action(async (files: readonly string[], options: TestOptions) => {
      const { testPolicies } = await import('../policy/test-policies.ts');
      context.exitWith(await testPolicies(files, options, context));
    });
}
