import type { Command } from 'commander';
import type { CliContext } from '../cli-context.ts';
import type { NotifyTestOptions } from '../notify/test-sinks.ts';
import { configOption, dryRunOption, examples, outputOption } from '../shared-options.ts';

/** `lazaret notify …`: the messages to people. */
export function addNotifyCommands(program: Command, context: CliContext): void {
  const notify = program
    .command('notify')
    .summary('try out the messages to people')
    .description('Work on the messages to people.')
    .addHelpText('after', examples(['lazaret notify test', 'does everybody hear of failures']));
  notify
    .command('test')
    .summary('send a test message')
    .description('Sends a message that says it is a test through every configured sink, or one, and reports on each.')
    .argument('[sink]', 'the `id` of one sink; all of them if absent')
    .addOption(configOption())
    .addOption(dryRunOption())
    .addOption(outputOption())
    .addHelpText(
      'after',
      `${examples(
        ['lazaret notify test', 'all sinks'],
        ['lazaret notify test security --config /etc/lazaret/lazaret.yaml', 'one sink'],
      )}\n\nExit codes: 0 every sink took it, 2 wrong call or configuration, 3 at least one sink did not.`,
    )
    .action(async (sink: string | undefined, options: NotifyTestOptions) => {
      const { testSinks } = await import('../notify/test-sinks.ts');
      context.exitWith(await testSinks(sink, options, context));
    });
}
