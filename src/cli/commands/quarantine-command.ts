import { type Command, Option } from 'commander';
import { InvalidInputError } from '../../kit/errors.ts';
import type { CliContext } from '../cli-context.ts';
import type { ApplyFailingOptions } from '../quarantine/apply-failing.ts';
import type { MarkOptions } from '../quarantine/change-mark.ts';
import type { ListOptions } from '../quarantine/list-quarantine.ts';
import type { ResumeOptions } from '../quarantine/resume-quarantine.ts';
import type { RehearsalOptions } from '../quarantine/show-rehearsal.ts';
import { configOption, dryRunOption, examples, outputOption } from '../shared-options.ts';

const HOW =
  "The change goes through the record's outbox, as the daemon's own do, and is made at once. The configured database " +
  'is used; the embedded one is joined where a daemon runs it, and started for this command where none does.';

const IMAGE = 'HOST/REPOSITORY@DIGEST, of a configured registry';

/** `lazaret quarantine …`: see and change quarantine by hand. */
export function addQuarantineCommands(program: Command, context: CliContext): void {
  const quarantine = program
    .command('quarantine')
    .summary('see which images are quarantined, and change it by hand')
    .description('See which images are quarantined; change it by hand.')
    .addHelpText('after', examples(['lazaret quarantine list', 'what is quarantined now']));
  addList(quarantine, context);
  addRehearsal(quarantine, context);
  addMark(quarantine, context, {
    name: 'release',
    kind: 'release',
    summary: 'take the quarantine tag off an image',
    description: `Takes our tag off an image, although it fails. It stays released until its outcome changes.\n${HOW}`,
  });
  addMark(quarantine, context, {
    name: 'apply',
    kind: 'quarantine',
    summary: 'put the quarantine tag on an image',
    description: `Puts our tag on an image that is on record and does not pass, even where the policy only alerts.\n${HOW}`,
  });
  addResume(quarantine, context);
}

function addList(quarantine: Command, context: CliContext): void {
  quarantine
    .command('list')
    .summary('list the images that carry our tag')
    .description('Lists the images that carry our quarantine tag, newest first, with the sentence that explains it.')
    .addOption(configOption())
    .option('--repository <name>', 'only those of this repository, as HOST/REPOSITORY')
    .option('--failing', 'all that fail, also those that carry no tag (yet)')
    .addOption(outputOption())
    .addHelpText(
      'after',
      examples(
        ['lazaret quarantine list', 'what is quarantined now'],
        ['lazaret quarantine list -o json | jq -r .images[].image', 'their names alone'],
        ['lazaret quarantine list --failing --repository registry.example.com/acme/app', 'what fails there'],
      ),
    )
    .action(async (options: ListOptions) => {
      const { listQuarantine } = await import('../quarantine/list-quarantine.ts');
      await listQuarantine(options, context);
    });
}

function addRehearsal(quarantine: Command, context: CliContext): void {
  quarantine
    .command('rehearsal')
    .summary('see what would have been written where writes are only rehearsed')
    .description(
      'Prints each write that a rehearsal (quarantine.mode: rehearse) has put on record instead of making it: when, which ' +
        'mark, on which image and why; what would have been released; and what a limit would still hold back.',
    )
    .addOption(configOption())
    .option('--since <duration>', 'how far back: 7d, 24h', '7d')
    .addOption(
      new Option('-o, --output <format>', 'how to print the result').choices(['table', 'json', 'csv']).default('table'),
    )
    .addHelpText(
      'after',
      examples(
        ['lazaret quarantine rehearsal', 'the last week, as a table'],
        ['lazaret quarantine rehearsal --since 24h -o csv > rehearsal.csv', 'the last day, for a spreadsheet'],
      ),
    )
    .action(async (options: RehearsalOptions) => {
      const { showRehearsal } = await import('../quarantine/show-rehearsal.ts');
      await showRehearsal(options, context);
    });
}

interface Mark {
  readonly name: string;
  readonly kind: 'release' | 'quarantine';
  readonly summary: string;
  readonly description: string;
}

function addMark(quarantine: Command, context: CliContext, mark: Mark): void {
  const command = quarantine
    .command(mark.name)
    .summary(mark.summary)
    .description(mark.description)
    .argument(mark.kind === 'quarantine' ? '[image]' : '<image>', IMAGE)
    .addOption(configOption())
    .addOption(dryRunOption())
    .addOption(outputOption())
    .addHelpText(
      'after',
      `${examples(
        [`lazaret quarantine ${mark.name} registry.example.com/acme/app@sha256:… --dry-run`, 'what would be done'],
        [`lazaret quarantine ${mark.name} registry.example.com/acme/app@sha256:…`, 'do it'],
      )}\n\nExit codes: 0 done, 2 wrong call or unknown image, 3 the registry or the database did not do its part.`,
    )
    .action(async (image: string | undefined, options: MarkOptions & ApplyFailingOptions & { failing?: boolean }) => {
      if (image !== undefined && options.failing !== true) {
        const { changeMark } = await import('../quarantine/change-mark.ts');
        context.exitWith(await changeMark(image, mark.kind, options, context));
        return;
      }
      if (image !== undefined || options.failing !== true) throw neitherNor(image !== undefined);
      const { applyFailing } = await import('../quarantine/apply-failing.ts');
      await applyFailing(options, context);
    });
  if (mark.kind === 'quarantine') {
    command
      .option('--failing', 'instead of an image: all that were there before the first sweep, and fail')
      .option('--repository <glob>', 'of those, the ones in these repositories, as HOST/REPOSITORY');
  }
}

function addResume(quarantine: Command, context: CliContext): void {
  quarantine
    .command('resume')
    .summary('let go what limits hold back')
    .description(
      'Shows the quarantines that the breaker (quarantine.breaker) holds back, by repository and reason, and how they would ' +
        'be written; asks, and lets them go. The daemon writes them at the pace of quarantine.breaker.perHour. Who let them ' +
        'go is on record.',
    )
    .addOption(configOption())
    .option('--repository <glob>', 'only those in these repositories, as HOST/REPOSITORY')
    .addOption(dryRunOption())
    .option('--yes', 'do not ask')
    .addOption(outputOption())
    .addHelpText(
      'after',
      examples(
        ['lazaret quarantine resume --dry-run', 'what is held, and the plan'],
        ['lazaret quarantine resume --repository "registry.example.com/acme/**" --yes', 'let go what is held there'],
      ),
    )
    .action(async (options: ResumeOptions) => {
      const { resumeQuarantine } = await import('../quarantine/resume-quarantine.ts');
      await resumeQuarantine(options, context);
    });
}

function neitherNor(isBoth: boolean): InvalidInputError {
  return new InvalidInputError('USAGE_INVALID', 'expected either an image or --failing --repository GLOB', [
    {
      where: 'quarantine',
      message: isBoth ? 'got both' : 'got neither',
      hint: 'See `lazaret quarantine apply --help`.',
    },
  ]);
}
