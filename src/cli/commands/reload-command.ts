import type { Command } from 'commander';
import type { CliContext } from '../cli-context.ts';
import { configOption, dryRunOption, examples, outputOption } from '../shared-options.ts';

const DESCRIPTION =
  'Has the daemon of this configuration read its policies, keys, trust roots and secrets again, without a restart. A ' +
  'file with a fault leaves everything as it was. The same as sending it SIGHUP; this command checks the files first, ' +
  'and says what came of it.';

/** `lazaret reload`: new policies and secrets, no restart. */
export function addReloadCommand(program: Command, context: CliContext): void {
  program
    .command('reload')
    .summary('put changed policies, keys and secrets in force, without a restart')
    .description(DESCRIPTION)
    .addOption(configOption())
    .addOption(dryRunOption())
    .addOption(outputOption())
    .addHelpText(
      'after',
      examples(['lazaret config check && lazaret reload', 'after a policy or a secret was changed']),
    )
    .action(async (options) => {
      const { runReload } = await import('../reload/run-reload.ts');
      await runReload(options, context);
    });
}
