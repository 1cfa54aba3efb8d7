import { z } from 'zod';
import { idField, textField } from './fields.ts';
import { DIALECTS } from './source-config.ts';

/** What every source has. */
export const sourceFields = {
  id: idField('Name of the source in messages, metrics and the API.'),
  registry: textField('Id of the registry whose pushes are announced here.'),
  dialect: z.enum(DIALECTS).describe('Format of the events, see [Push events](events.md).'),
};
