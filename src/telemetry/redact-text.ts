// Replaces text that must not be shown.
const REDACTED = '[redacted]';
// A URL up to the first character that cannot be in one, also inside JSON text.
const URLS = /\b([a-z][a-z0-9+.-]{1,20}:\/\/)([^\s"'<>\\]*)/gi;
const CREDENTIALS = /\b(bearer|basic)(\s+)[A-Za-z0-9._~+/=-]{8,}/gi;

/** Takes secrets out of a text. */
export type RedactText = (text: string) => string;

/**
 * Creates the last gate before any output: user names, passwords and queries of URLs, credentials after `Bearer` and
 * `Basic`, and the given secrets wherever they stand, also as they are written in JSON. More may be added at any time.
 */
export function createRedactText(secrets: ReadonlySet<string> = new Set()): RedactText {
  let known = asWritten(secrets);
  let size = secrets.size;
  return (text) => {
    if (size !== secrets.size) known = asWritten(secrets);
    size = secrets.size;
    let clean = text;
    for (const secret of known) clean = clean.replaceAll(secret, REDACTED);
    return clean
      .replace(URLS, (_url, scheme: string, rest: string) => scheme + redactUrl(rest))
      .replace(CREDENTIALS, `$1$2${REDACTED}`);
  };
}

// The longest first: one secret may contain another.
function asWritten(secrets: ReadonlySet<string>): readonly string[] {
  return [...new Set([...secrets].flatMap(writings))].sort((a, b) => b.length - a.length);
}

function redactUrl(rest: string): string {
  const query = rest.search(/[?#]/);
  const kept = query === -1 ? rest : `${rest.slice(0, query)}?${REDACTED}`;
  const slash = kept.indexOf('/');
  const authority = slash === -1 ? kept : kept.slice(0, slash);
  const at = authority.lastIndexOf('@');
  return at === -1 ? kept : `${REDACTED}${kept.slice(at)}`;
}

/** A secret as it is, in JSON and in a URL. Shorter ones than four characters would redact everything. */
function writings(secret: string): readonly string[] {
  if (secret.length < 4) return [];
  return [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret.toWellFormed())];
}
