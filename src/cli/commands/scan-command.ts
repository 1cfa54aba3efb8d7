import { type Command, Option } from 'commander';
import type { CliContext } from '../cli-context.ts';
import { collect, dryRunOption, examples } from '../shared-options.ts';

const DESCRIPTION =
  'Looks at every image that lies in a registry, judges it and says which fail and why. It needs no daemon and no ' +
  'database, writes nothing to the registry and tells nobody. Without a configuration, give --policy; credentials then ' +
  "come from Docker's config.json. With --config and no --policy the daemon judges: the images are put on its record as " +
  'what lay there before, which marks nothing and tells nobody, and followed until they are judged.';

const EXIT_CODES = `
Exit codes:
  0  all images pass
  1  some fail
  2  wrong call, configuration or policy
  3  some could not be told, or it was interrupted, and none that was told fails`;

/** `lazaret scan TARGET…`: the verdicts on what is there already. */
export function addScanCommand(program: Command, context: CliContext): void {
  program
    .command('scan')
    .summary('judge what already lies in a registry')
    .description(DESCRIPTION)
    .argument('<target...>', 'id of a registry, HOST, HOST/REPOSITORY, a glob (HOST/acme/**), or an image')
    .option(
      '-c, --config <file>',
      'let the daemon of this configuration judge; with --policy: use its registries and trust',
    )
    .option('-p, --policy <file>', 'judge by this policy file instead of the configured ones; may be repeated', collect)
    .option('--trusted-root <file>', 'a trusted_root.json to use in place of the default trust (`sigstore`)')
    .option('--plain-http', 'speak HTTP without TLS to hosts that are not in the configuration')
    .addOption(dryRunOption())
    .option('--resume', 'go on with the same scan where it was interrupted')
    .addOption(
      new Option('-o, --output <format>', 'how to print the result').choices(['table', 'json', 'csv']).default('table'),
    )
    .addHelpText(
      'after',
      `${examples(
        ['lazaret scan registry.example.com -p acme.yaml', 'everything in a registry'],
        [
          'lazaret scan "registry.example.com/acme/**" -p acme.yaml -o csv > fails.csv',
          'a part of it, for a spreadsheet',
        ],
        ['lazaret scan prod --config lazaret.yaml', 'by the daemon, whose record then knows them'],
      )}\n${EXIT_CODES}`,
    )
    .action(async (targets: readonly string[], options) => {
      const { runScan } = await import('../scan/run-scan.ts');
      context.exitWith(await runScan(targets, options, context));
    });
}
