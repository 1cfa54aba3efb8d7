import { z } from 'zod';
import { DIALECT_NAMES } from '../domain/dialect-names.ts';
import { idField } from './fields.ts';

/** One id of a registry, or several. */
export const registryIdsField = z.union([
  z
    .string()
    .min(1)
    .transform((id): readonly string[] => [id]),
  z.array(z.string().min(1)).min(1),
]);

/** What every source has to which pushes are announced. */
export const sourceFields = {
  id: idField('Name of the source in messages, metrics and the API.'),
  registry: registryIdsField.describe(
    'Id of the registry whose pushes are announced here. A list where several share this source: their ' +
      '`eventHosts` tell them apart.',
  ),
  dialect: z.enum(DIALECT_NAMES).describe('Format of the events, see [Push events](events.md).'),
};
