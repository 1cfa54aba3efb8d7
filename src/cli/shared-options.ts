import { Option } from 'commander';

/** How the result is printed. */
export type OutputFormat = 'text' | 'json';

/** `--output`: for people (the default) or for programs. */
export function outputOption(): Option {
  return new Option('-o, --output <format>', 'how to print the result').choices(['text', 'json']).default('text');
}

/** `--dry-run`, for every command that writes something anywhere. */
export function dryRunOption(): Option {
  return new Option('--dry-run', 'say what would be done, and do nothing');
}

/** `--config`, for every command that reads the configuration. */
export function configOption(): Option {
  return new Option(
    '-c, --config <file>',
    'configuration (default: lazaret.yaml here, then /etc/lazaret/lazaret.yaml)',
  );
}

/** `--config`, for commands that read policy files and need no configuration for most of them. */
export function namedConfigOption(): Option {
  return new Option('-c, --config <file>', 'configuration with the trust roots and KMS keys that policies refer to');
}

/** Collects the values of an option that may be given more than once. */
export function collect(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value];
}

/** The part of a command's help that shows it in use: each example with what it does. */
export function examples(...lines: readonly (readonly [command: string, meaning: string])[]): string {
  return ['', 'Examples:', ...lines.flatMap(([command, meaning]) => [`  # ${meaning}`, `  $ ${command}`])].join('\n');
}
