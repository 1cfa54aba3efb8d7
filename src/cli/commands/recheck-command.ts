import type { Command } from 'commander';
import type { CliContext } from '../cli-context.ts';
import type { RecheckOptions } from '../recheck/recheck.ts';
import { configOption, dryRunOption, examples, outputOption } from '../shared-options.ts';

const DESCRIPTION =
  'Asks the daemon to look at images on record once more, at once: because somebody has signed them since, or evidence ' +
  'was put where no event tells of it. What then passes is released and people hear of it, as always. The request is ' +
  'put on record; a running daemon takes it up within seconds, and one that is not running when it starts.';

/** `lazaret recheck IMAGE… | --failing`: another look, by hand. */
export function addRecheckCommand(program: Command, context: CliContext): void {
  program
    .command('recheck')
    .summary('have images on record looked at again')
    .description(DESCRIPTION)
    .argument('[image...]', 'HOST/REPOSITORY, with :TAG or @DIGEST, of a configured registry')
    .addOption(configOption())
    .option('--failing', 'every image that does not pass; the daemon looks at a few a second')
    .addOption(dryRunOption())
    .addOption(outputOption())
    .addHelpText(
      'after',
      `${examples(
        ['lazaret recheck registry.example.com/acme/app@sha256:…', 'one image'],
        ['lazaret recheck --failing', 'all that fail, after a mistake was put right'],
      )}\n\nExit codes: 0 asked, 2 wrong call or unknown image, 3 the registry or the database did not do its part.`,
    )
    .action(async (images: readonly string[], options: RecheckOptions) => {
      const { recheck } = await import('../recheck/recheck.ts');
      await recheck(images, options, context);
    });
}
