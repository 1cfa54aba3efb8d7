import { z } from 'zod';
import { createConfigSchema } from './config-schema.ts';
import { createOutside } from './outside.ts';

/** The JSON Schema (draft 2020-12) of `lazaret.yaml`, for editors and checks. Reads nothing. */
export function configJsonSchema(): Readonly<Record<string, unknown>> {
  // Only the shape of the schema is used; nothing is parsed with it.
  const schema = createConfigSchema(createOutside('lazaret.yaml', {}));
  return { title: 'Configuration of Lazaret', ...z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) };
}
