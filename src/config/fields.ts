import { z } from 'zod';
import { addFault, textSchema } from '../kit/schema-fields.ts';
import { Secret } from '../kit/secret.ts';
import type { Outside, OutsideReading } from './outside.ts';

/** For checks of a whole object: a fault in one member must not hide another, for all faults are told at once. */
export const ALWAYS = { when: (): boolean => true };

/** A name that stands in URLs, metrics and messages. */
export function idField(description: string) {
  return z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, 'expected 1 to 63 letters, digits, ".", "_" or "-"')
    .describe(description);
}

export function textField(description: string) {
  return textSchema.describe(description);
}

/** `host` or `host:port`, as a URL would show it. */
export const hostField = z.string().superRefine((host, context) => {
  const url = /^[^/?#@\s\\]+$/.test(host) ? URL.parse(`https://${host}`) : null;
  if (url !== null && [url.host, `${url.host}:443`].includes(host.toLowerCase())) return;
  addFault(context, { message: 'expected a host, or host:port, such as registry.example.com:5000' });
});

/** A path, relative to the configuration file; absolute afterwards. */
export function pathField(outside: Outside, description: string) {
  return textField(description).transform((path) => outside.resolvePath(path));
}

/** The path of a file that is read now; its text afterwards. */
export function fileField(outside: Outside, description: string) {
  return textField(description).transform((path, context) => taken(outside.readText(path), context));
}

/** The path of a file that holds a secret. */
export function secretFileField(outside: Outside, what: string) {
  return textField(`File that holds ${what}; a newline at its end is ignored.`).transform((path, context) =>
    taken(outside.readSecret(path), context),
  );
}

/** One or several such files: during a rotation the old secret and the new one are both right. */
export function secretFilesField(outside: Outside, what: string) {
  const file = textSchema.transform((path, context) => taken(outside.readSecret(path), context));
  return z
    .union([file.transform((secret): readonly Secret[] => [secret]), z.array(file).min(1)])
    .describe(`File that holds ${what}; a list of files while secrets are being changed.`);
}

// RFC 9110 §5.1: a field name is a token.
export const headerNameField = z.string().regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/, 'expected the name of an HTTP header');

/** One text, or several. */
export const oneOrMoreTexts = z.union([
  textSchema.transform((text): readonly string[] => [text]),
  z.array(textSchema).min(1),
]);

/** What was written of {@link secretFilesField} and {@link secretVariableField}. */
export function oneOrMore(files: readonly Secret[] | undefined, variable: Secret | undefined): readonly Secret[] {
  return files ?? (variable === undefined ? [] : [variable]);
}

/** The name of an environment variable that holds a secret. */
export function secretVariableField(outside: Outside, what: string) {
  return z
    .string()
    .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'expected the name of an environment variable')
    .describe(`Environment variable that holds ${what}.`)
    .transform((name, context) => taken(outside.readVariable(name), context));
}

/** One or several values written into the configuration itself. */
export function secretTextsField(description: string) {
  const text = textSchema.transform((value) => new Secret(value));
  return z.union([text.transform((secret): readonly Secret[] => [secret]), z.array(text).min(1)]).describe(description);
}

/** A value written into the configuration itself that must not be printed all the same. */
export function secretTextField(description: string) {
  return textField(description).transform((text) => new Secret(text));
}

function taken<T>(reading: OutsideReading<T>, context: z.core.$RefinementCtx): T {
  if (reading.ok) return reading.value;
  addFault(context, { message: reading.why, hint: reading.hint });
  return z.NEVER;
}

/** Checks that exactly one (or, unless `required`, at most one) of these keys is written. */
export function checkOneOf(
  written: unknown,
  context: z.core.$RefinementCtx,
  names: readonly string[],
  need: { readonly required: boolean; readonly what: string },
): void {
  if (typeof written !== 'object' || written === null) return;
  const [first, second] = names.filter((name) => Object.hasOwn(written, name));
  const choice = names.map((name) => `\`${name}\``).join(', ');
  if (first === undefined && need.required) {
    addFault(context, { message: `${need.what} is missing`, hint: `Write exactly one of ${choice}.` });
  }
  if (second === undefined) return;
  addFault(context, { message: `\`${first}\` and \`${second}\` exclude each other`, hint: `Keep one of ${choice}.` }, [
    second,
  ]);
}
