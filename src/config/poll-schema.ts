import { z } from 'zod';
import { durationField, globSchema } from '../kit/schema-fields.ts';
import { idField } from './fields.ts';
import type { PollSourceConfig } from './source-config.ts';
import { registryIdsField } from './source-fields.ts';

/** The newest tags of a repository are held in memory while they are chosen. */
const NEWEST_MOST = 10_000;

/** The schema of a source of the kind `poll`. */
export const pollSchema = z
  .strictObject({
    kind: z
      .literal('poll')
      .describe('A sweep of what registries hold, for what nobody announces: see [Sweeps](sweeps.md).'),
    id: idField('Name of the source in messages, metrics and the API.'),
    registry: registryIdsField.describe(
      'Id of the registry to be swept, or a list of several; each is swept for itself.',
    ),
    every: durationField({ least: '1m', most: '7d' })
      .prefault('15m')
      .describe('From the beginning of one sweep to the next; a longer sweep delays the next, and never overlaps it.'),
    tags: z
      .strictObject({
        include: z.array(globSchema).default([]).describe('Globs over tags to look at; none: all.'),
        exclude: z.array(globSchema).default([]).describe('Globs over tags not to look at.'),
        newest: z
          .int()
          .min(1)
          .max(NEWEST_MOST)
          .optional()
          .describe(
            'Only so many tags of each repository, those pushed last; where the registry does not tell when, those ' +
              'with the highest names, in which numbers count as numbers.',
          ),
      })
      .prefault({})
      .describe('Which tags of each repository are looked at.'),
    baseline: z
      .enum(['record', 'judge'])
      .default('record')
      .describe(
        'What becomes of images that were there before the first sweep: `record` judges them and shows their verdicts, ' +
          'without a tag or a message an image; `judge` treats them as pushes.',
      ),
  })
  .transform(({ registry, every, tags: { newest, ...globs }, ...rest }): PollSourceConfig => {
    return {
      ...rest,
      registryIds: registry,
      everyMs: every,
      tags: { ...globs, ...(newest !== undefined && { newest }) },
    };
  });
