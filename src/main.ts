import { printError } from './cli/print-error.ts';
import { createProcessContext } from './cli/process-context.ts';
import { runCli } from './cli/run-cli.ts';

const context = createProcessContext();
// Node's own answer to a crash is exit code 1, which for `verify` means "the image fails": nothing may fake that.
process.on('uncaughtException', (error) => process.exit(printError(error, context.terminal)));

const exitCode = await runCli(process.argv.slice(2), context);
// Idle keep-alive connections must not hold the process; what was written must be out before it ends.
process.stdout.write('', () => process.exit(exitCode));
