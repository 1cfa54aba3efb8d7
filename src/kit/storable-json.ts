/** JSON text of a `T` that PostgreSQL's `jsonb` accepts. */
export type StorableJson<T = unknown> = string & { readonly __jsonOf: T };

// One escape of JSON text: a doubled backslash, a \uXXXX, or any other.
const ESCAPE = /\\(?:u[0-9a-f]{4}|.)/g;
const UNSTORABLE = /^\\u(?:0000|d[89a-f][0-9a-f]{2})$/;

/**
 * Writes a value as JSON that PostgreSQL's `jsonb` accepts. The type refuses U+0000 and lone surrogates
 * (https://www.postgresql.org/docs/18/datatype-json.html), and a hostile event may hold both, in keys too: they become
 * U+FFFD, so that nobody's text can keep a record from being written.
 */
export function storableJson<T>(value: T): StorableJson<T> {
  // JSON.stringify escapes exactly control characters and lone surrogates; a paired surrogate stays as it is.
  const text = JSON.stringify(value).replace(ESCAPE, (found) => (UNSTORABLE.test(found) ? '\\ufffd' : found));
  return text as StorableJson<T>;
}

/** The same for a plain text column, which refuses U+0000. */
export function storableText(text: string): string {
  return text.replaceAll('\0', '\ufffd').toWellFormed();
}
