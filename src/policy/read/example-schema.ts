import { z } from 'zod';
import { type ImageReference, parseImageReference } from '../../domain/image-reference.ts';
import type { Outcome } from '../../domain/verdict.ts';
import { addFault, textSchema } from '../../kit/schema-fields.ts';
import { nameSchema } from './schema-fields.ts';

/** An image with its evidence, and what the policy must say of it: a test that stands in the policy's own file. */
export interface PolicyExample {
  readonly name: string;
  readonly image: ImageReference & Required<Pick<ImageReference, 'digest'>>;
  /** Files of Sigstore bundles, relative to the policy file. */
  readonly evidence: readonly string[];
  /** A file of recorded findings, in place of evidence: what `lazaret verify` or the API shows. */
  readonly findings?: string;
  /** A file of the image's manifest: needed for signatures over the manifest itself. */
  readonly manifest?: string;
  /** Files of trust roots (`trusted_root.json`) by name, in place of those configured. */
  readonly trust: Readonly<Record<string, string>>;
  /** What "now" is; the real time if absent. */
  readonly at?: Date;
  readonly expect: Exclude<Outcome, 'indeterminate'>;
  /** Reason code of the verdict. */
  readonly code?: string;
}

const imageSchema = z.string().transform((text, context): PolicyExample['image'] => {
  const image = parseImageReference(text);
  if (image?.digest !== undefined) return { ...image, digest: image.digest };
  addFault(context, {
    message: 'expected an image with its digest',
    hint: 'For example registry.example.com/acme/app@sha256:… (64 hexadecimal digits)',
  });
  return z.NEVER;
});

const timeSchema = z.string().transform((text, context): Date => {
  const time = new Date(text);
  if (/^\d{4}-\d{2}-\d{2}/.test(text) && !Number.isNaN(time.getTime())) return time;
  addFault(context, { message: 'expected a time such as 2026-11-20T12:00:00Z' });
  return z.NEVER;
});

/** The schema of one of `examples`. */
export const exampleSchema = z
  .strictObject({
    name: nameSchema,
    image: imageSchema,
    evidence: z.array(textSchema).describe('files of Sigstore bundles; an empty list for an unsigned image').optional(),
    findings: textSchema.describe('a file of recorded findings').optional(),
    manifest: textSchema.optional(),
    trust: z.record(textSchema, textSchema).describe('files of trust roots, by name').default({}),
    at: timeSchema.optional(),
    expect: z.enum(['pass', 'fail-evidence', 'fail-missing', 'rejected-input']),
    code: z
      .string()
      .regex(/^[A-Z_]+$/, 'expected a reason code such as SIGNER_NOT_ALLOWED (docs/reasons.md)')
      .optional(),
  })
  .superRefine(
    (written, context) => {
      if (typeof written !== 'object' || written === null) return;
      if (Object.hasOwn(written, 'evidence') === Object.hasOwn(written, 'findings'))
        addFault(context, {
          message: 'expected one of `evidence` and `findings`',
          hint: 'An image without evidence has `evidence: []`.',
        });
    },
    { when: () => true },
  );
