import { z } from 'zod';
import { addFault, textSchema } from '../../kit/schema-fields.ts';
import { shortText } from '../../kit/short-text.ts';
import { patternFault } from '../judge/match-text.ts';

/** Metadata of a Kubernetes object: only the name means something to us. */
export const metadataSchema = z.looseObject({
  name: textSchema.refine(
    (name) => name.length <= 253 && /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(name),
    'expected a name as Kubernetes takes it: lower-case letters, digits, - and .',
  ),
});

/** A feature that has no meaning outside a cluster, or that we do not evaluate: always a fault, never ignored. */
export function unsupported(feature: string, wayOut: string) {
  return z
    .unknown()
    .superRefine((value, context) => {
      if (value !== undefined) addFault(context, { message: `${feature} is not supported`, hint: wayOut });
    })
    .optional();
}

/** A regular expression; policy-controller's engine is RE2 as ours. */
export const regexSchema = z.string().superRefine((text, context) => {
  const fault = patternFault(text);
  if (fault !== undefined) addFault(context, { message: `expected a regular expression: ${fault}` });
});

/** Reports that not exactly one of these keys is there. */
export function checkExactlyOne(
  written: unknown,
  keys: readonly string[],
  context: z.core.$RefinementCtx,
  hint: string,
): void {
  if (typeof written !== 'object' || written === null) return;
  const there = keys.filter((key) => Object.hasOwn(written, key));
  const [, extra] = there;
  if (there.length === 0) addFault(context, { message: `expected one of ${keys.join(', ')}`, hint });
  if (extra !== undefined)
    addFault(context, { message: `expected only one of ${keys.join(', ')}, got ${there.join(' and ')}`, hint }, [
      extra,
    ]);
}

/** Bytes in base64, as Kubernetes writes them; line breaks are allowed. */
export const base64Schema = z.string().transform((text, context) => {
  const bare = text.replace(/\s/g, '');
  const bytes = Buffer.from(bare, 'base64');
  if (bare !== '' && bytes.toString('base64').replace(/=+$/, '') === bare.replace(/=+$/, '')) return bytes;
  addFault(context, { message: 'expected bytes in base64' });
  return z.NEVER;
});

/** A URL, which Lazaret never contacts. */
export const urlSchema = z.string().superRefine((text, context) => {
  if (!URL.canParse(text) || !/^https?:\/\//.test(text))
    addFault(context, {
      message: `expected a URL, got "${shortText(text, 60)}"`,
      hint: 'For example https://fulcio.example.com; nothing here ever contacts it.',
    });
});
