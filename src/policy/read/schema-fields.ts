import { z } from 'zod';

/** A name people know a thing by: it appears in messages, so it is short and on one line. */
export const nameSchema = z
  .string()
  .refine(
    (name) => /^\P{C}{1,120}$/u.test(name) && name.trim() !== '',
    'expected a name of 1 to 120 characters on one line',
  );

/** Where the proof of a multi-platform image must lie. */
export const levelSchema = z
  .enum(['index', 'each', 'any-level'])
  .describe('where the proof of a multi-platform image must lie: index, each (of its platforms) or any-level');
