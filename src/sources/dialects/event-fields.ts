import { InvalidInputError } from '../../kit/errors.ts';
import { INVISIBLE } from '../../kit/invisible.ts';
import { isJsonObject, type Json, type JsonObject } from '../../kit/json.ts';
import { valueAt } from '../../kit/json-path.ts';
import { parseJson } from '../../kit/parse-json.ts';

/** The most events one delivery may hold: registries send one to a few dozen. */
export const MAX_EVENTS = 256;
// A distribution event lists its layers: 256 events with 40 layers of four members each fit.
const MAX_VALUES = 50_000;
// Names and identifiers in events are far shorter; the rest is cut, for a log line and a row must stay small.
const MAX_TEXT = 512;
// RFC 3339 with a four-digit year, as every registry writes it; Nexus leaves the colon of the offset out.
const TIMESTAMP = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:?\d{2})$/i;
// 9999-12-31T23:59:59Z in Unix seconds.
const LATEST_SECOND = 253_402_300_799;

/** The error for a payload that cannot be read; `where` is the path of the wrong field. */
export function malformed(where: string, message: string, cause?: unknown): InvalidInputError {
  const options = cause === undefined ? undefined : { cause };
  return new InvalidInputError('EVENT_MALFORMED', `${where}: ${message}`, [{ where, message }], options);
}

/** Parses a payload strictly; `where` is what to call it. @throws {InvalidInputError} `EVENT_MALFORMED` */
export function parsePayload(body: Uint8Array, where = 'body', maxValues = MAX_VALUES): Json {
  try {
    return parseJson(body, { maxValues });
  } catch (error) {
    if (error instanceof InvalidInputError) throw malformed(where, error.message, error);
    throw error;
  }
}

/** The object at this place. @throws {InvalidInputError} `EVENT_MALFORMED` */
export function requireObject(value: Json | undefined, where: string): JsonObject {
  if (isJsonObject(value)) return value;
  throw malformed(where, `expected an object, got ${nameKind(value)}`);
}

/**
 * The list at this place.
 * @throws {InvalidInputError} `EVENT_MALFORMED`; `EVENT_TOO_LARGE` over so many, by default {@link MAX_EVENTS}
 */
export function requireList(value: Json | undefined, where: string, most = MAX_EVENTS): readonly Json[] {
  if (!Array.isArray(value)) throw malformed(where, `expected a list, got ${nameKind(value)}`);
  if (value.length <= most) return value;
  const message = `expected at most ${most} events in one delivery, got ${value.length}`;
  throw new InvalidInputError('EVENT_TOO_LARGE', `${where}: ${message}`, [{ where, message }]);
}

/** The text of a member that must be there and not be empty. @throws {InvalidInputError} `EVENT_MALFORMED` */
export function requireText(object: JsonObject, name: string, where: string): string {
  const value = valueAt(object, name);
  if (typeof value === 'string' && value !== '') return cleanText(value);
  const found = value === '' ? 'an empty one' : nameKind(value);
  throw malformed(`${where}.${name}`, `expected a text, got ${found}`);
}

/** A member that is an object; anything else reads as an empty one. */
export function objectMember(object: JsonObject, name: string): JsonObject {
  const value = valueAt(object, name);
  return isJsonObject(value) ? value : {};
}

/** The text of a made safe to print; missing, empty or of another type is `null`. */
export function textMember(object: JsonObject, name: string): string | null {
  const value = valueAt(object, name);
  return typeof value === 'string' && value !== '' ? cleanText(value) : null;
}

/** The same text without characters that could fake output, and at most 512 characters long. */
export function cleanText(text: string): string {
  const cut = text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text;
  return cut.replace(INVISIBLE, '\u{FFFD}');
}

/** A time as ISO 8601 in UTC, from RFC 3339 text or Unix seconds; anything else is `null`. */
export function parseTime(value: Json | undefined): string | null {
  if (typeof value === 'number') {
    return value >= 0 && value <= LATEST_SECOND ? new Date(value * 1000).toISOString() : null;
  }
  if (typeof value !== 'string' || !TIMESTAMP.test(value)) return null;
  const time = new Date(value);
  return Number.isNaN(time.getTime()) ? null : time.toISOString();
}

/** The part of a reference or URL before its path, as it stands there; `null` if there is none. */
export function hostPart(reference: string | null): string | null {
  if (reference === null) return null;
  const bare = reference.replace(/^[a-z][a-z0-9+.-]*:\/\//i, '');
  const slash = bare.indexOf('/');
  return slash > 0 ? bare.slice(0, slash) : null;
}

function nameKind(value: Json | undefined): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
