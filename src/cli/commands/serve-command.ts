import { type Command, Option } from 'commander';
import type { CliContext } from '../cli-context.ts';
import { configOption, examples } from '../shared-options.ts';

/** `lazaret serve`: the daemon. */
export function addServeCommand(program: Command, context: CliContext): void {
  program
    .command('serve')
    .summary('run the daemon')
    .description(
      'Listens for pushes, judges every image, quarantines what fails and tells people. Runs until SIGTERM or Ctrl-C, ' +
        'then finishes what is under way; a second signal stops at once. Without `postgres.url` in the configuration it ' +
        'brings its own PostgreSQL, kept in `dataDir`.',
    )
    .addOption(configOption())
    .addOption(
      new Option(
        '--roles <roles>',
        'what this process does: any of ingest, verify, act, api, with commas (default: all); some alone only on a `postgres` that others share',
      ),
    )
    .addHelpText(
      'after',
      `${examples(
        ['lazaret config check && lazaret serve', 'with lazaret.yaml here'],
        ['lazaret serve --config /etc/lazaret/lazaret.yaml', 'with the configuration of the machine'],
        ['lazaret serve --roles ingest,api', 'one of several processes: others verify and act (docs/operations.md)'],
      )}\n\nExit codes: 0 stopped as asked, 2 a fault in configuration or policies, 3 something outside is missing or was lost.`,
    )
    .action(async (options: { readonly config?: string; readonly roles?: string }) => {
      const { runServe } = await import('../run-serve.ts');
      await runServe(options, context);
    });
}
