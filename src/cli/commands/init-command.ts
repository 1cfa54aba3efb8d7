import type { Command } from 'commander';
import type { CliContext } from '../cli-context.ts';
import { collect, dryRunOption, examples } from '../shared-options.ts';

const DESCRIPTION =
  'Writes a configuration that only looks (quarantine.mode: observe), a first policy and the files for secrets, and says ' +
  'what to set in the registry and in the CI. What no option says is asked, where somebody is there to answer. Nothing ' +
  'that is there is overwritten.';

const EXIT_CODES = `
Exit codes:
  0  written
  2  an answer is missing or wrong, or a file is there already
  3  the folder cannot be written to`;

/** `lazaret init`: from a few answers to a configuration. */
export function addInitCommand(program: Command, context: CliContext): void {
  program
    .command('init')
    .summary('write a first configuration and policy')
    .description(DESCRIPTION)
    .option('--registry <kind>', 'what the registry is: oci, harbor, ghcr, ecr and so on (docs/registries)')
    .option('--url <url>', 'where it is, such as https://registry.example.com')
    .option('--repository <glob>', 'repositories to look after, without the host; may be repeated', collect)
    .option('--announce <way>', 'how it announces pushes: webhook, kafka, sqs, pubsub or poll')
    .option(
      '--ci <name>',
      'what signs: github-actions, gitlab-ci, google-cloud-build, buildkite, tekton, jenkins or key',
    )
    .option('--source <what>', 'where images are built from (https://github.com/acme/app), or the file of the key')
    .option('--notify <way>', 'who hears of what fails: slack, email or none')
    .option('--address <url>', 'where the registry reaches Lazaret, such as https://lazaret.example.com')
    .option('--output-dir <folder>', 'where to write', '.')
    .addOption(dryRunOption())
    .addHelpText(
      'after',
      `${examples(
        ['lazaret init', 'asks'],
        [
          'lazaret init --registry harbor --url https://harbor.example.com --ci github-actions --source https://github.com/acme/app',
          'asks for the rest',
        ],
      )}\n${EXIT_CODES}`,
    )
    .action(async ({ repository, ...options }) => {
      const { runInit } = await import('../init/run-init.ts');
      context.exitWith(await runInit({ ...options, ...(repository && { repositories: repository }) }, context));
    });
}
