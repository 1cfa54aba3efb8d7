import { z } from 'zod';
import { explainBadTagTemplate } from '../domain/tag-template.ts';
import { addFault } from './fields.ts';

/** How quarantine is done. */
export interface QuarantineConfig {
  /** `observe`: verdicts and notices, no registry write. */
  readonly mode: 'tag' | 'observe';
  readonly tag: string;
  readonly breaker: { readonly perHour: number; readonly share: number };
}

// A name of the digest alone, such as a commit's, would make other people's tags look like ours.
const MIN_OWN_LETTERS = 4;

const tagField = z.string().superRefine((template, context) => {
  const fault = explainBadTagTemplate(template);
  if (fault !== undefined) return addFault(context, { message: fault });
  const own = template.replaceAll(/\{[^{}]*\}/g, '').replaceAll(/[^A-Za-z]/g, '');
  if (own.length >= MIN_OWN_LETTERS) return;
  const message = `expected a word in the tag template that makes the tag ours, got "${template}"`;
  addFault(context, { message, hint: 'For example quarantined-{digest12}' });
});

/** The schema of `quarantine`. */
export const quarantineSchema = z.strictObject({
  mode: z
    .enum(['tag', 'observe'])
    .default('tag')
    .describe('`tag`: failing images get a tag in their registry; `observe`: nothing is ever written to a registry.'),
  tag: tagField
    .default('quarantined-{digest12}')
    .describe(
      'Template of the tag; `{digest12}` stands for the first 12 characters of the digest, `{digest}` for all.',
    ),
  breaker: z
    .strictObject({
      perHour: z.int().min(1).max(100_000).default(20).describe('Images quarantined in an hour.'),
      share: z
        .number()
        .gt(0)
        .max(1)
        .default(0.05)
        .describe('Share of the images judged in an hour (counts from 100 images on).'),
    })
    .prefault({})
    .describe(
      'Quarantine stops, and people are told, above either of these: a mass of failures is rather a wrong policy.',
    ),
});
