import { z } from 'zod';
import { parseDuration } from '../../kit/duration.ts';
import { globFault } from '../../kit/glob.ts';

type Issue = { readonly message: string; readonly hint?: string };

/** Reports a fault from inside a check or transform, with its advice. */
export function addFault(context: z.core.$RefinementCtx, fault: Issue, path: readonly PropertyKey[] = []): void {
  const { message, hint } = fault;
  context.addIssue({ code: 'custom', message, path: [...path], ...(hint !== undefined && { params: { hint } }) });
}

/** Text that is not empty. */
export const textSchema = z.string().min(1);

/** A name people know a thing by: it appears in messages, so it is short and on one line. */
export const nameSchema = z
  .string()
  .refine(
    (name) => /^\P{C}{1,120}$/u.test(name) && name.trim() !== '',
    'expected a name of 1 to 120 characters on one line',
  );

/** A glob of `*` (any characters but `/`), `**` (any characters) and `?`. */
export const globSchema = z.string().superRefine((glob, context) => {
  const fault = globFault(glob);
  if (fault !== undefined) addFault(context, { message: fault });
});

/** A duration such as `15m`; milliseconds afterwards. */
export const durationSchema = z.string().transform((text, context) => {
  const ms = parseDuration(text);
  if (ms !== undefined) return ms;
  addFault(context, {
    message: 'expected a duration such as 30s, 15m, 1h30m or 30d',
    hint: 'A whole number and s, m, h, d or w.',
  });
  return z.NEVER;
});

/** Where the proof of a multi-platform image must lie. */
export const levelSchema = z
  .enum(['index', 'each', 'any-level'])
  .describe('where the proof of a multi-platform image must lie: index, each (of its platforms) or any-level');
