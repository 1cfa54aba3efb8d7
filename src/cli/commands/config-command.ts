import type { Command } from 'commander';
import type { CliContext } from '../cli-context.ts';
import { configOption, examples, type OutputFormat, outputOption } from '../shared-options.ts';

/** `lazaret config …`: work on the configuration. */
export function addConfigCommands(program: Command, context: CliContext): void {
  const config = program
    .command('config')
    .summary('check the configuration file')
    .description('Work on the configuration file.')
    .addHelpText('after', examples(['lazaret config check', 'before a start or a restart']));
  config
    .command('check')
    .summary('find every fault in the configuration')
    .description(
      'Reads the configuration with its secrets, policies and trust files, and prints every fault at once. If there is ' +
        'none, says what the daemon would do. Nothing is contacted (`lazaret doctor` does that); no secret is printed.',
    )
    .addOption(configOption())
    .addOption(outputOption())
    .addHelpText(
      'after',
      `${examples(
        ['lazaret config check', 'lazaret.yaml here, or that of the machine'],
        ['lazaret config check --config /etc/lazaret/lazaret.yaml', 'before a restart'],
      )}\n\nExit codes: 0 all right, 2 at least one fault.`,
    )
    .action(async (options: { readonly config?: string; readonly output: OutputFormat }) => {
      const { checkConfig } = await import('../config/check-config.ts');
      await checkConfig(options, context);
    });
  config
    .command('schema')
    .summary('print the JSON Schema of the configuration')
    .description('Prints the JSON Schema of lazaret.yaml, for editors and checks.')
    .addHelpText(
      'after',
      examples(
        ['lazaret config schema > lazaret.schema.json', 'for an editor'],
        ['lazaret config schema | jq .properties.quarantine', 'what one section may hold'],
      ),
    )
    .action(async () => {
      const { printConfigSchema } = await import('../config/print-config-schema.ts');
      printConfigSchema(context);
    });
}
