import { Command } from 'commander';
import type { CliContext } from './cli-context.ts';
import { addBackupCommands } from './commands/backup-command.ts';
import { addConfigCommands } from './commands/config-command.ts';
import { addDoctorCommand } from './commands/doctor-command.ts';
import { addEventsCommands } from './commands/events-command.ts';
import { addInitCommand } from './commands/init-command.ts';
import { addNotifyCommands } from './commands/notify-command.ts';
import { addPolicyCommands } from './commands/policy-command.ts';
import { addQuarantineCommands } from './commands/quarantine-command.ts';
import { addRecheckCommand } from './commands/recheck-command.ts';
import { addReloadCommand } from './commands/reload-command.ts';
import { addScanCommand } from './commands/scan-command.ts';
import { addServeCommand } from './commands/serve-command.ts';
import { addVerifyBundleCommand } from './commands/verify-bundle-command.ts';
import { addVerifyCommand } from './commands/verify-command.ts';
import { readVersion } from './read-version.ts';
import { examples } from './shared-options.ts';

const AFTER = `${examples(
  ['lazaret config check && lazaret doctor && lazaret serve', 'from a configuration to a running daemon'],
  ['lazaret verify registry.example.com/acme/app:v1 --policy acme.yaml', 'judge one image, with nothing set up'],
  ['lazaret scan registry.example.com --policy acme.yaml', 'judge all that lies there already'],
)}

Exit codes:
  0   done (verify, scan: all pass)
  1   verify, scan: an image fails; verify-bundle: not verified; policy test: not as expected
  2   wrong call, configuration or input
  3   something outside did not do its part (verify, scan: could not tell)
  4   verify: limits cut the look at the image short
  70  a defect of Lazaret`;

/**
 * The whole command line. What is loaded here is loaded by every command, so command files hold names, options and
 * help only, and import what they do when they do it.
 */
export function createProgram(context: CliContext): Command {
  const program = new Command('lazaret')
    .description('Verifies where pushed container images come from, and quarantines what cannot prove it.')
    .version(readVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show help')
    .helpCommand(false)
    .addHelpText('after', AFTER)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => context.terminal.out(text.trimEnd()),
      writeErr: (text) => context.terminal.err(text.trimEnd()),
      getOutHelpWidth: () => context.terminal.width,
      getErrHelpWidth: () => context.terminal.width,
    });
  addInitCommand(program, context);
  addServeCommand(program, context);
  addReloadCommand(program, context);
  addVerifyCommand(program, context);
  addScanCommand(program, context);
  addPolicyCommands(program, context);
  addConfigCommands(program, context);
  addQuarantineCommands(program, context);
  addRecheckCommand(program, context);
  addBackupCommands(program, context);
  addEventsCommands(program, context);
  addNotifyCommands(program, context);
  addDoctorCommand(program, context);
  addVerifyBundleCommand(program, context);
  pointToHelp(program, 'lazaret');
  return program;
}

// After a wrong call, the whole help would bury the error; the line that leads to it does not.
function pointToHelp(command: Command, path: string): void {
  command.showHelpAfterError(`(see \`${path} --help\`)`);
  for (const child of command.commands) pointToHelp(child, `${path} ${child.name()}`);
}
