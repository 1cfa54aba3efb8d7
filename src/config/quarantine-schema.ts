import { z } from 'zod';
import { MARK_MODES, type MarkMode } from '../domain/mark-name.ts';
import type { QuarantineLimits } from '../domain/quarantine-limits.ts';
import { explainBadTagTemplate } from '../domain/tag-template.ts';
import { addFault } from '../kit/schema-fields.ts';

/** How quarantine is done. */
export interface QuarantineConfig {
  /** `observe`: verdicts and notices, no registry write; `rehearse`: writes are put on record instead of being made. */
  readonly mode: MarkMode;
  /** Of registries that say so for themselves, by id. */
  readonly modes: ReadonlyMap<string, MarkMode>;
  readonly tag: string;
  readonly label: string;
  readonly breaker: QuarantineLimits;
}

// A name of the digest alone, such as a commit's, would make other people's tags look like ours.
const MIN_OWN_LETTERS = 4;

const tagField = z.string().superRefine((template, context) => {
  const fault = explainBadTagTemplate(template);
  if (fault !== undefined) return addFault(context, { message: fault });
  const own = template.replaceAll(/\{[^{}]*\}/g, '').replaceAll(/[^A-Za-z]/g, '');
  if (own.length >= MIN_OWN_LETTERS) return;
  const message = `expected a word in the tag template that makes the tag ours, got "${template}"`;
  addFault(context, { message, hint: 'For example quarantined-{digest}' });
});

const labelField = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/,
    'expected a label of at most 63 letters, digits, ".", "_" and "-", the first a letter or a digit',
  );

/** The schema of `registries[].quarantine`. */
export const registryQuarantineSchema = z.strictObject({
  mode: z.enum(MARK_MODES).describe('As `quarantine.mode`, for this registry alone.'),
});

const perHourField = () => z.int().min(1).max(100_000);
const shareField = () => z.number().gt(0).max(1);

/** The schema of `quarantine`. */
export const quarantineSchema = z.strictObject({
  mode: z
    .enum(MARK_MODES)
    .default('tag')
    .describe(
      '`tag`: failing images get a tag in their registry; `label`: they get a label, where all registries are `kind: harbor`, ' +
        'which touches no tag; `lock`: nobody can pull them any more, where all are `kind: acr` or `ecr`; `rehearse`: as `tag`, but each write is put on record instead of being made (`lazaret quarantine rehearsal`); ' +
        '`observe`: nothing is ever written to a registry. Tags and labels block no pull.',
    ),
  tag: tagField
    .default('quarantined-{digest}')
    .describe(
      'Template of the tag; `{digest}` stands for the whole digest, `{digest12}` for its first 12 characters. Those two images can share: then the second gets the longer name. Tags of this shape are ours: what others push under them is taken off.',
    ),
  label: labelField
    .default('quarantined')
    .describe(
      'Name of the label; the project gets one of the name if there is none. It is ours: release takes it off, whoever put it.',
    ),
  breaker: z
    .strictObject({
      perHour: perHourField().default(20).describe('Images quarantined in an hour, in all registries together.'),
      share: shareField()
        .default(0.05)
        .describe(
          'Share of the images judged in an hour. A share counts from as many images on as make it five: 5 % from 100 on.',
        ),
      perRegistry: z
        .strictObject({
          perHour: perHourField().optional().describe('Default: all of `perHour`; of several registries, half of it.'),
          share: shareField().optional().describe('Share of the images of one registry; default: `share`.'),
        })
        .prefault({})
        .describe('The same for each registry, so that none uses up what is for all.'),
      perRepository: z
        .strictObject({
          perHour: perHourField().optional().describe('Default: a quarter of `perHour`, which is 5.'),
          share: shareField()
            .optional()
            .describe('Share of the images of one repository; default: four times `share`, which is 20 %.'),
        })
        .prefault({})
        .describe(
          'The same for each repository: whoever pushes junk to one does not stop the quarantine in the others.',
        ),
    })
    .prefault({})
    .describe(
      'Quarantine stops, and people are told, above any of these: a mass of failures is rather a wrong policy. ' +
        'What is held is quarantined as soon as they allow it, one repository at a time, the oldest first.',
    ),
});

type WrittenBreaker = z.output<typeof quarantineSchema>['breaker'];

/** The breaker's limits, with those that were not written put in for so many registries. */
export function fillBreaker(written: WrittenBreaker, registries: number): QuarantineLimits {
  const { perHour, share, perRegistry, perRepository } = written;
  return {
    perHour,
    share,
    perRegistry: {
      // One registry may take it all; of several, none takes more than half.
      perHour: perRegistry.perHour ?? (registries > 1 ? Math.ceil(perHour / 2) : perHour),
      share: perRegistry.share ?? share,
    },
    perRepository: {
      // It takes four repositories to use up what is for all.
      perHour: perRepository.perHour ?? Math.ceil(perHour / 4),
      share: perRepository.share ?? Math.min(4 * share, 1),
    },
  };
}
