import { type Command, Option } from 'commander';
import { DIALECT_NAMES } from '../../domain/dialect-names.ts';
import type { CliContext } from '../cli-context.ts';
import { collect, examples, type OutputFormat, outputOption } from '../shared-options.ts';

interface ParseOptions {
  readonly dialect: string;
  readonly map?: string;
  readonly header?: readonly string[];
  readonly output: OutputFormat;
}

const PARSE_HARBOR = 'lazaret events parse --dialect harbor payload.json';

/** `lazaret events …`: what the announcements of registries say. */
export function addEventsCommands(program: Command, context: CliContext): void {
  const events = program
    .command('events')
    .summary('look into the events that registries send')
    .description('Look into the events that registries send.')
    .addHelpText('after', examples([PARSE_HARBOR, 'what a saved delivery of Harbor says']));
  events
    .command('parse')
    .summary('print what a payload announces')
    .description(
      'Reads one delivery of a registry as a receiver would, and prints one line of JSON for each event in it, in ' +
        'order. What the payload does not hold is null. Nothing is contacted and nothing is recorded.',
    )
    .argument('[file]', 'the body of the delivery; standard input if absent or "-"')
    .requiredOption('-d, --dialect <name>', `whose JSON it is: ${DIALECT_NAMES.join(', ')}`)
    .option('-m, --map <file>', 'for the dialect generic: a YAML file that says where an event has what')
    .option('-H, --header <line>', "a header of the delivery, as 'Name: value'; may be repeated", collect)
    .addOption(
      new Option('-o, --output <format>', outputOption().description).choices(['json', 'text']).default('json'),
    )
    .addHelpText(
      'after',
      examples(
        [PARSE_HARBOR, 'what a saved delivery of Harbor says'],
        [
          "lazaret events parse -d zot -H 'ce-specversion: 1.0' -H 'ce-type: zotregistry.image.updated' body.json",
          'CloudEvents in binary mode carry their type in headers',
        ],
        ['lazaret events parse -d generic --map map.yaml payload.json', 'what a map of yours makes of a delivery'],
        ['kcat -b broker:9092 -t pushes -C -c 1 | lazaret events parse -d distribution', 'a message from Kafka'],
      ),
    )
    .action(async (file: string | undefined, options: ParseOptions) => {
      const { printEvents } = await import('../events/print-events.ts');
      await printEvents({ ...options, file }, context);
    });
}
