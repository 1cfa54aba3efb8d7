import type { Command } from 'commander';
import type { BackupOptions } from '../backup/backup.ts';
import type { RestoreOptions } from '../backup/restore.ts';
import type { CliContext } from '../cli-context.ts';
import { configOption, dryRunOption, examples, outputOption } from '../shared-options.ts';

const BACKUP =
  'Writes the record and what is remembered of trust roots to one compressed file, as they stand at one moment: beside a ' +
  'running daemon or without one, from the embedded database or yours. The queue is not part of it (the record brings its ' +
  'jobs back), and no secret is: keep the configuration and its secrets elsewhere. No file is overwritten.';

const RESTORE =
  'Makes the record anew from a backup, in an empty data folder or a database of yours without a record; a backup of the ' +
  'embedded database may be restored into yours, and the other way round. One of an older Lazaret is brought up to date. ' +
  'What was announced after the backup is not on record: a source of the kind "poll" finds it, and recognises what was ' +
  'tagged since. A message that may have been sent since says that it may be a repeat.';

/** `lazaret backup FILE` and `lazaret restore FILE`. */
export function addBackupCommands(program: Command, context: CliContext): void {
  program
    .command('backup')
    .summary('write the record to a file')
    .description(BACKUP)
    .argument('<file>', 'where to, e.g. lazaret-2026-11-29.backup.gz')
    .addOption(configOption())
    .addOption(dryRunOption())
    .addOption(outputOption())
    .addHelpText(
      'after',
      `${examples(['lazaret backup /var/backups/lazaret-$(date +%F).backup.gz', 'from cron, while the daemon runs'])}

Exit codes: 0 written, 2 wrong call or the file is there already, 3 the database or the disk did not do its part.`,
    )
    .action(async (file: string, options: BackupOptions) => {
      const { backup } = await import('../backup/backup.ts');
      await backup(file, options, context);
    });
  program
    .command('restore')
    .summary('make the record anew from a backup')
    .description(RESTORE)
    .argument('<file>', 'a file that `lazaret backup` has written')
    .addOption(configOption())
    .addOption(dryRunOption())
    .addOption(outputOption())
    .addHelpText(
      'after',
      `${examples(['lazaret restore lazaret-2026-11-29.backup.gz && lazaret serve', 'with dataDir an empty folder'])}

Exit codes: 0 restored, 2 no whole backup or nothing empty to restore into, 3 the database did not do its part.`,
    )
    .action(async (file: string, options: RestoreOptions) => {
      const { restore } = await import('../backup/restore.ts');
      await restore(file, options, context);
    });
}
