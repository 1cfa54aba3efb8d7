import type { Command } from 'commander';
import type { CliContext } from '../cli-context.ts';
import type { DoctorOptions } from '../doctor/run-doctor.ts';
import { configOption, examples, outputOption } from '../shared-options.ts';

/** `lazaret doctor`: reach everything the configuration names. */
export function addDoctorCommand(program: Command, context: CliContext): void {
  program
    .command('doctor')
    .summary('reach every configured thing and say what is wrong')
    .description(
      'Checks the configuration, then reaches all it names: registries with their credentials, database, queue, event ' +
        'sources, sinks (without posting anything), trust roots, data folder and port. One line a check, and below it ' +
        'what to do. Nothing is written anywhere but a file in the data folder, removed again.',
    )
    .addOption(configOption())
    .addOption(outputOption())
    .addHelpText(
      'after',
      `${examples(
        ['lazaret doctor', 'before the first start, or when something is odd'],
        ['lazaret doctor -o json | jq \'.checks[] | select(.status != "ok")\'', 'only what needs attention'],
      )}\n\nExit codes: 0 all well (or only warnings), 2 the configuration is wrong, 3 a check failed.`,
    )
    .action(async (options: DoctorOptions) => {
      const { runDoctor } = await import('../doctor/run-doctor.ts');
      context.exitWith(await runDoctor(options, context));
    });
}
