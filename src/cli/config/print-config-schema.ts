import { configJsonSchema } from '../../config/json-schema.ts';
import type { CliContext } from '../cli-context.ts';
import { plainJson } from '../plain-text.ts';

/** Prints the JSON Schema of the configuration. */
export function printConfigSchema(context: CliContext): void {
  context.terminal.out(plainJson(configJsonSchema(), 2));
}
