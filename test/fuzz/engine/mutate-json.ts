import { type Material, mutateBytes } from './mutate-bytes.ts';
import { mutateDer } from './mutate-der.ts';

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

const ODD: readonly Json[] = [
  ...[null, true, false, 0, -1, 1, 0.5, 1e308, -0, 2 ** 53, 1e21, '', '0', '-1', ' ', '\u0000', '\ud800'],
  ...['\u202e', 'é', '__proto__', 'constructor', 'toString', [], {}, [[]], [null], { a: null }],
];
const BASE64 = /^[A-Za-z0-9+/_-]{8,}={0,2}$/;
const MAX_DEPTH = 40;

/**
 * Changes one value of a JSON text; a text in it that is base64 of JSON or DER is changed inside. What is no JSON is
 * changed as bytes.
 */
export function mutateJson(input: Buffer, material: Material): Buffer {
  const root = parse(input.toString('utf8'));
  if (root === undefined || material.random.chance(0.1)) return mutateBytes(input, material);
  const changed = Buffer.from(JSON.stringify(mutateValue(root, material, 0)) ?? 'null');
  return material.random.chance(0.03) ? repeatName(changed) : changed;
}

function mutateValue(value: Json, material: Material, depth: number): Json {
  const { random } = material;
  if (depth < MAX_DEPTH && !random.chance(0.12)) {
    if (Array.isArray(value) && value.length > 0) {
      const at = random.below(value.length);
      return value.with(at, mutateValue(value[at] ?? null, material, depth + 1));
    }
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      const name = pickName(value, material);
      if (name !== undefined) return { ...value, [name]: mutateValue(value[name] ?? null, material, depth + 1) };
    }
    if (typeof value === 'string' && random.chance(0.8)) return mutateText(value, material);
    if (typeof value === 'number') return random.pick([value + 1, -value, value * 1e9, value / 3, String(value)]);
  }
  return replace(value, material);
}

function replace(value: Json, material: Material): Json {
  const { random, words } = material;
  switch (random.below(8)) {
    case 0:
      return random.pick(ODD);
    case 1:
      return words.length > 0 ? random.pick(words) : '';
    case 2:
      return [value, value];
    case 3:
      return Array.from({ length: random.below(300) }, () => (JSON.stringify(value).length < 100 ? value : 0));
    case 4:
      return nest(value, random.below(40));
    case 5:
      return borrow(material) ?? value;
    case 6: {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
      const name = words.length > 0 && random.chance(0.7) ? random.pick(words) : String(random.pick(ODD));
      return Object.fromEntries([...Object.entries(value), [name, borrow(material) ?? random.pick(ODD)]]) as Json;
    }
    default: {
      if (Array.isArray(value)) return random.shuffle(value).slice(0, random.below(value.length + 1));
      if (typeof value !== 'object' || value === null) return 'a'.repeat(random.below(3000));
      const gone = pickName(value, material);
      return Object.fromEntries(Object.entries(value).filter(([name]) => name !== gone));
    }
  }
}

function mutateText(text: string, material: Material): Json {
  const { random } = material;
  if (BASE64.test(text) && random.chance(0.8)) {
    const bytes = Buffer.from(text, 'base64');
    if (bytes[0] === 0x30 || bytes[0] === 0x31) return mutateDer(bytes, material).toString('base64');
    const inner = bytes[0] === 0x7b ? parse(bytes.toString('utf8')) : undefined;
    const changed =
      inner === undefined ? mutateBytes(bytes, material) : Buffer.from(JSON.stringify(mutateValue(inner, material, 0)));
    return changed.toString('base64');
  }
  const inner = text.startsWith('{') || text.startsWith('[') ? parse(text) : undefined;
  if (inner !== undefined && random.chance(0.8)) return JSON.stringify(mutateValue(inner, material, 0));
  return mutateBytes(Buffer.from(text), material).toString('utf8');
}

/** Some value of another input. */
function borrow({ random, corpus }: Material): Json | undefined {
  let value = corpus.length === 0 ? undefined : parse(Buffer.from(random.pick(corpus)).toString('utf8'));
  for (let depth = random.below(8); depth > 0 && typeof value === 'object' && value !== null; depth--) {
    const parts: readonly Json[] = Object.values(value);
    if (parts.length === 0) break;
    value = random.pick(parts);
  }
  return value;
}

function pickName(value: { [name: string]: Json }, { random }: Material): string | undefined {
  const names = Object.keys(value);
  return names.length === 0 ? undefined : random.pick(names);
}

function nest(value: Json, depth: number): Json {
  let nested = value;
  for (let level = 0; level < depth; level++) nested = level % 2 === 0 ? [nested] : { a: nested };
  return nested;
}

/** The first name once more, which no writer of JSON would write. */
function repeatName(text: Buffer): Buffer {
  const repeated = text.toString('utf8').replace(/\{("[^"\\]*"):/, '{$1:0,$1:');
  return Buffer.from(repeated);
}

function parse(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}
