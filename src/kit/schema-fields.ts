import { z } from 'zod';
import { parseDuration } from './duration.ts';
import { globFault } from './glob.ts';

type Fault = { readonly message: string; readonly hint?: string };

/** Reports a fault from inside a check or transform, with its advice. */
export function addFault(context: z.core.$RefinementCtx, fault: Fault, path: readonly PropertyKey[] = []): void {
  const { message, hint } = fault;
  context.addIssue({ code: 'custom', message, path: [...path], ...(hint !== undefined && { params: { hint } }) });
}

/** Text that is not empty. */
export const textSchema = z.string().min(1);

/** A glob of `*` (any characters but `/`), `**` (any characters) and `?`. */
export const globSchema = z.string().superRefine((glob, context) => {
  const fault = globFault(glob);
  if (fault !== undefined) addFault(context, { message: fault });
});

/** A duration such as `15m`, between two bounds if there are any; milliseconds afterwards. */
export function durationField(bounds?: { readonly least: string; readonly most: string }) {
  return z.string().transform((text, context) => {
    const ms = parseDuration(text);
    if (ms === undefined) {
      const hint = 'A whole number and s, m, h, d or w.';
      addFault(context, { message: 'expected a duration such as 30s, 15m, 1h30m or 30d', hint });
      return z.NEVER;
    }
    if (bounds === undefined) return ms;
    if (ms >= (parseDuration(bounds.least) ?? 0) && ms <= (parseDuration(bounds.most) ?? 0)) return ms;
    addFault(context, { message: `expected a duration from ${bounds.least} to ${bounds.most}, got ${text}` });
    return z.NEVER;
  });
}
