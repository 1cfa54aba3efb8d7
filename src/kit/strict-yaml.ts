import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseAllDocuments } from 'yaml';
import type { InputIssue } from './errors.ts';
import type { Json } from './json.ts';
import { shortText } from './short-text.ts';

/** One document of a YAML file, with the place of every value. */
export interface YamlDocument {
  readonly file: string;
  readonly value: Json;
  /** `file:line:column` of the value at this path, or of the nearest thing around it that is there. */
  locate(path: readonly PropertyKey[]): string;
  /** `file:line:column` of a key. */
  locateKey(path: readonly PropertyKey[], key: string): string;
}

/**
 * The documents that could be read, and everything that is wrong with the file as YAML. A repeated key is a fault that
 * hides no other fault: its document is returned too, with the last of the values.
 */
export interface YamlReading {
  readonly documents: readonly YamlDocument[];
  readonly issues: readonly InputIssue[];
}

/** Configuration is written by people: 256 KiB is a thousand policies. */
const MAX_BYTES = 256 * 1024;
/** Nothing we read nests deeper than ten; the parser itself gives up near 800. */
const MAX_DEPTH = 64;
/** A broken bracket at the top makes every later line a fault of its own. */
const MAX_ISSUES = 20;

/**
 * Reads YAML 1.2 (core schema) strictly: no anchors, aliases, merge keys, tags or directives, no repeated key, no
 * other YAML version, at most 256 KiB. `file` only names the text in issues.
 */
export function parseStrictYaml(file: string, text: string): YamlReading {
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_BYTES) return refuse(file, `expected at most ${MAX_BYTES / 1024} KiB of YAML, got ${bytes} bytes`);
  const lines = new LineCounter();
  const at = (offset: number): string => placeOf(file, lines, offset);
  const parsed = parseAllDocuments(text, {
    version: '1.2',
    schema: 'core',
    merge: false,
    uniqueKeys: true,
    stringKeys: true,
    resolveKnownTags: false,
    prettyErrors: false,
    logLevel: 'silent',
    lineCounter: lines,
  });
  const issues: InputIssue[] = [];
  const documents: YamlDocument[] = [];
  for (const document of 'empty' in parsed ? [] : parsed) {
    const repeats = document.errors.filter(({ code }) => code === 'DUPLICATE_KEY');
    const isBroken = repeats.length < document.errors.length;
    const faults: InputIssue[] = [];
    const { yaml, tags } = document.directives;
    if (yaml.explicit === true || Object.keys(tags).length > 1) faults.push({ where: at(0), ...NO_DIRECTIVES });
    const places = new Map<string, Place>();
    if (!isBroken) walk(document.contents, [], { places, report: (node, fault) => report(faults, at, node, fault) });
    issues.push(...document.errors.map((error) => ({ where: at(error.pos[0]), ...explain(error) })), ...faults);
    if (isBroken || faults.length > 0 || document.contents === null) continue;
    const value = toJson(document.contents);
    if (value !== null) documents.push(createDocument(file, value, places, at));
  }
  return { documents, issues: issues.slice(0, MAX_ISSUES) };
}

interface Fault {
  readonly message: string;
  readonly hint?: string;
}

const NO_DIRECTIVES: Fault = {
  message: 'expected no % directive',
  hint: 'Remove the line that begins with %; files are always read as YAML 1.2.',
};
const NO_ANCHOR: Fault = {
  message: 'expected no anchor (&) or alias (*)',
  hint: 'Write the value out where it is needed; quote text that begins with & or *.',
};
// Schemas that accept any key silently drop one of this name.
const NO_PROTO: Fault = { message: 'expected another key than "__proto__"', hint: 'No name we read is written so.' };
const NO_TAG: Fault = {
  message: 'expected no tag (!)',
  hint: 'Remove the tag; quote text that begins with !.',
};

function refuse(file: string, message: string): YamlReading {
  return { documents: [], issues: [{ where: file, message, hint: 'Split it into several files.' }] };
}

function explain(error: { readonly code: string; readonly message: string }): Fault {
  switch (error.code) {
    case 'DUPLICATE_KEY':
      return { message: 'expected each key once, got a repeat', hint: 'Keep one of the two.' };
    case 'TAB_AS_INDENT':
      return { message: 'expected spaces for indentation, got a tab', hint: 'Replace the tab by spaces.' };
    case 'NON_STRING_KEY':
      return { message: 'expected text as key, got a list or an object' };
    case 'RESOURCE_EXHAUSTION':
      return { message: `expected at most ${MAX_DEPTH} levels of nesting` };
    default:
      return { message: `expected well-formed YAML: ${shortText(error.message)}` };
  }
}

interface Place {
  readonly value: number;
  readonly key?: number;
}

interface Walk {
  readonly places: Map<string, Place>;
  readonly report: (node: Node, fault: Fault) => void;
}

function report(faults: InputIssue[], at: (offset: number) => string, node: Node, fault: Fault): void {
  faults.push({ where: at(offsetOf(node)), ...fault });
}

function offsetOf(node: Node): number {
  return node.range?.[0] ?? 0;
}

/** Remembers where each value lies, and reports what strict YAML does not allow. */
function walk(node: unknown, path: readonly PropertyKey[], to: Walk, keyOffset?: number): void {
  if (path.length > MAX_DEPTH) return;
  if (isAlias(node)) {
    to.report(node, NO_ANCHOR);
    return;
  }
  if (!isMap(node) && !isSeq(node) && !isScalar(node)) return;
  if (node.anchor !== undefined) to.report(node, NO_ANCHOR);
  if (node.tag !== undefined) to.report(node, NO_TAG);
  to.places.set(keyOf(path), { value: offsetOf(node), ...(keyOffset !== undefined && { key: keyOffset }) });
  if (path.length === MAX_DEPTH) to.report(node, { message: `expected at most ${MAX_DEPTH} levels of nesting` });
  if (isSeq(node)) for (const [index, item] of node.items.entries()) walk(item, [...path, index], to);
  if (!isMap(node)) return;
  for (const pair of node.items) {
    if (!isScalar(pair.key)) continue;
    if (pair.key.anchor !== undefined) to.report(pair.key, NO_ANCHOR);
    if (pair.key.tag !== undefined) to.report(pair.key, NO_TAG);
    if (pair.key.value === '__proto__') to.report(pair.key, NO_PROTO);
    walk(pair.value, [...path, String(pair.key.value)], to, offsetOf(pair.key));
  }
}

/** Builds fresh data. */
function toJson(node: unknown): Json {
  if (isSeq(node)) return node.items.map(toJson);
  if (isMap(node)) {
    return Object.fromEntries(
      node.items.map((pair) => [isScalar(pair.key) ? String(pair.key.value) : '', toJson(pair.value)]),
    );
  }
  const value = isScalar(node) ? node.value : null;
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  return null;
}

function createDocument(
  file: string,
  value: Json,
  places: ReadonlyMap<string, Place>,
  at: (offset: number) => string,
): YamlDocument {
  function placeAt(path: readonly PropertyKey[]): Place {
    return places.get(keyOf(path)) ?? (path.length === 0 ? { value: 0 } : placeAt(path.slice(0, -1)));
  }
  return {
    file,
    value,
    locate: (path) => at(placeAt(path).value),
    locateKey: (path, key) => at(places.get(keyOf([...path, key]))?.key ?? placeAt(path).value),
  };
}

function keyOf(path: readonly PropertyKey[]): string {
  return JSON.stringify(path.map(String));
}

function placeOf(file: string, lines: LineCounter, offset: number): string {
  const { line, col } = lines.linePos(offset);
  return `${file}:${Math.max(1, line)}:${Math.max(1, col)}`;
}
