import { z } from 'zod';
import type { InputIssue } from './errors.ts';
import type { Json } from './json.ts';
import { nearestWord } from './nearest-word.ts';
import { shortText } from './short-text.ts';
import type { YamlDocument } from './strict-yaml.ts';

/** The result of reading a document: its value, or every fault in it with its place. */
export type SchemaReading<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly issues: readonly InputIssue[] };

/**
 * Holds a YAML document against a schema and words every fault for people: where it is, what was expected and found,
 * and the nearest right key or value. A custom check of the schema may give its advice as `params: { hint }`.
 * Values are quoted only where the schema lists the right ones: any other text may be a secret in the wrong place.
 */
export function parseWithSchema<T extends z.ZodType>(schema: T, document: YamlDocument): SchemaReading<z.output<T>> {
  // Compiling the schema, as zod does by itself, takes longer than reading one document.
  const result = schema.safeParse(document.value, { jitless: true });
  if (result.success) return { ok: true, value: result.data };
  const issues = result.error.issues.flatMap((issue) => explain({ schema, document, issue, path: issue.path }));
  return { ok: false, issues: withoutRepeats(issues) };
}

interface Context {
  readonly schema: z.ZodType;
  readonly document: YamlDocument;
  readonly issue: z.core.$ZodIssue;
  /** From the root of the document. */
  readonly path: readonly PropertyKey[];
}

function explain(context: Context): readonly InputIssue[] {
  const { issue, document, path } = context;
  const where = document.locate(path);
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => explainKey(context, key));
    case 'invalid_type':
      return [explainType(context, issue.expected)];
    case 'invalid_value':
      return [{ where, ...explainChoice(context, issue.values.map(String)) }];
    case 'invalid_union':
      return explainUnion(context, issue);
    case 'custom':
      return [{ where, message: issue.message, ...hintOf(issue.params) }];
    case 'too_small':
    case 'too_big':
      return [{ where, message: `${nameOf(path)}: ${explainSize(issue)}` }];
    case 'invalid_format':
    case 'not_multiple_of':
    case 'invalid_key':
    case 'invalid_element':
      return [{ where, message: `${nameOf(path)}: ${issue.message}` }];
  }
}

function explainKey(context: Context, key: string): InputIssue {
  const known = keysAt(context);
  const nearest = nearestWord(key, known);
  const list = `Known here: ${known.join(', ')}.`;
  return {
    where: context.document.locateKey(context.path, key),
    message: `unknown key "${shortText(key, 60)}" in ${nameOf(context.path)}`,
    hint: nearest === undefined ? list : `Did you mean "${nearest}"? ${list}`,
  };
}

function explainType(context: Context, expected: string): InputIssue {
  const { document, path } = context;
  const found = valueAt(document.value, path);
  const description = schemasAt(context.schema, document.value, path).find((schema) => schema.description)?.description;
  const hint = description === undefined ? {} : { hint: `${nameOf(path)}: ${description}` };
  if (found !== undefined) {
    const message = `${nameOf(path)}: expected ${typeName(expected)}, got ${typeName(typeOf(found))}`;
    return { where: document.locate(path), message, ...hint };
  }
  return { where: document.locate(path.slice(0, -1)), message: missingKey(path), ...hint };
}

function missingKey(path: readonly PropertyKey[]): string {
  return `missing key "${String(path.at(-1))}" in ${nameOf(path.slice(0, -1))}`;
}

function explainChoice(context: Context, values: readonly string[]): Omit<InputIssue, 'where'> {
  const found = valueAt(context.document.value, context.path);
  const name = nameOf(context.path);
  const choice = values.length === 1 ? `"${values[0]}"` : `one of ${values.map((value) => `"${value}"`).join(', ')}`;
  if (found === undefined) return { message: `${missingKey(context.path)}: expected ${choice}` };
  const got = typeof found === 'object' ? typeName(typeOf(found)) : `"${shortText(String(found), 60)}"`;
  const nearest = typeof found === 'string' ? nearestWord(found, values) : undefined;
  return {
    message: `${name}: expected ${choice}, got ${got}`,
    ...(nearest !== undefined && { hint: `Did you mean "${nearest}"?` }),
  };
}

/** Explains the branch of a union that was meant: the one that at least takes this type of value. */
function explainUnion(context: Context, issue: z.core.$ZodIssueInvalidUnion): readonly InputIssue[] {
  const { document, path, schema } = context;
  const { discriminator } = issue;
  if (discriminator !== undefined) {
    const parent = schemasAt(schema, document.value, path.slice(0, -1), { everyBranch: true });
    const values = parent.flatMap((option) => discriminatorValues(option, discriminator));
    return [{ where: document.locate(path), ...explainChoice(context, [...new Set(values)]) }];
  }
  const meant = issue.errors.find((errors) => !errors.some(isWrongType));
  if (meant === undefined) {
    const names = issue.errors.flatMap((errors) => errors.filter(isWrongType).map(expectedOf));
    const found = valueAt(document.value, path);
    if (found === undefined) return [explainType(context, '')];
    const message = `${nameOf(path)}: expected ${[...new Set(names)].join(' or ')}, got ${typeName(typeOf(found))}`;
    return [{ where: document.locate(path), message }];
  }
  return meant.flatMap((inner) => explain({ ...context, issue: inner, path: [...path, ...inner.path] }));
}

type WrongType = z.core.$ZodIssueInvalidType | z.core.$ZodIssueInvalidValue;

function isWrongType(issue: z.core.$ZodIssue): issue is WrongType {
  return issue.path.length === 0 && (issue.code === 'invalid_type' || issue.code === 'invalid_value');
}

function expectedOf(issue: WrongType): string {
  if (issue.code === 'invalid_type') return typeName(issue.expected);
  return issue.values.map((value) => `"${String(value)}"`).join(' or ');
}

function explainSize(issue: z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig): string {
  const [word, limit] = issue.code === 'too_small' ? ['at least', issue.minimum] : ['at most', issue.maximum];
  if (issue.origin === 'string') {
    return limit === 1 && issue.code === 'too_small'
      ? 'expected text, got nothing'
      : `expected ${word} ${limit} characters`;
  }
  return issue.origin === 'array' ? `expected ${word} ${limit} in the list` : `expected ${word} ${limit}`;
}

function hintOf(params: Readonly<Record<string, unknown>> | undefined): { readonly hint?: string } {
  const hint = params?.['hint'];
  return typeof hint === 'string' ? { hint } : {};
}

/** The schemas that may describe the value at a path: several only where a union leaves it open. */
function schemasAt(
  root: z.ZodType,
  value: unknown,
  path: readonly PropertyKey[],
  options: { readonly everyBranch?: boolean } = {},
): readonly z.ZodType[] {
  const here = unwrap(root).flatMap((schema) => branchesFor(schema, value, path.length === 0 && options.everyBranch));
  const [step, ...rest] = path;
  if (step === undefined) return here;
  return here.flatMap((schema) => {
    const inner = childOf(schema, step);
    return inner === undefined ? [] : schemasAt(inner, valueAt(value, [step]), rest, options);
  });
}

function unwrap(schema: z.core.$ZodType): readonly z.ZodType[] {
  if (
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault ||
    schema instanceof z.ZodNullable ||
    schema instanceof z.ZodReadonly
  ) {
    return unwrap(schema.def.innerType);
  }
  if (schema instanceof z.ZodPipe) return unwrap(schema.def.in);
  if (schema instanceof z.ZodUnion) return schema.def.options.flatMap(unwrap);
  return schema instanceof z.ZodType ? [schema] : [];
}

// In a union told apart by `kind`, only the branch of that kind is of use for advice.
function branchesFor(schema: z.ZodType, value: unknown, every = false): readonly z.ZodType[] {
  if (every || !(schema instanceof z.ZodObject)) return [schema];
  for (const key of Object.keys(schema.shape)) {
    const values = discriminatorValues(schema, key);
    const found = valueAt(value, [key]);
    if (values.length > 0 && typeof found === 'string' && !values.includes(found)) return [];
  }
  return [schema];
}

function discriminatorValues(schema: z.ZodType, key: string): readonly string[] {
  const field = schema instanceof z.ZodObject ? schema.shape[key] : undefined;
  return field instanceof z.ZodLiteral ? [...field.values].map(String) : [];
}

function childOf(schema: z.ZodType, step: PropertyKey): z.ZodType | undefined {
  if (schema instanceof z.ZodObject) return typeof step === 'string' ? schema.shape[step] : undefined;
  const inner =
    schema instanceof z.ZodArray
      ? schema.def.element
      : schema instanceof z.ZodRecord
        ? schema.def.valueType
        : undefined;
  return inner instanceof z.ZodType ? inner : undefined;
}

function keysAt(context: Context): readonly string[] {
  const schemas = schemasAt(context.schema, context.document.value, context.path);
  return [...new Set(schemas.flatMap((schema) => (schema instanceof z.ZodObject ? Object.keys(schema.shape) : [])))];
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let here = value;
  for (const step of path) {
    if (typeof here !== 'object' || here === null || !Object.hasOwn(here, step)) return undefined;
    here = Reflect.get(here, step);
  }
  return here;
}

function typeOf(value: Json | unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object (keys and values)',
  record: 'an object (keys and values)',
  null: 'nothing',
};

function typeName(type: string): string {
  return TYPE_NAMES[type] ?? type;
}

/** `spec.require[0].signer`; the root is "the document". */
function nameOf(path: readonly PropertyKey[]): string {
  const name = path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`)).join('');
  return name === '' ? 'the document' : name.replace(/^\./, '');
}

function withoutRepeats(issues: readonly InputIssue[]): readonly InputIssue[] {
  const seen = new Set<string>();
  return issues.filter((issue) => {
    const id = `${issue.where}\0${issue.message}`;
    return seen.has(id) ? false : seen.add(id) !== undefined;
  });
}
