import { Secret } from '../kit/secret.ts';

// A path of fewer characters is no secret of its own; Slack's have more than 40.
const MIN_PATH_LENGTH = 20;

/**
 * Every secret value of a configuration, for the last gate before the log: the values themselves, and of addresses the
 * parts that are secret on their own (a password, the path of an incoming webhook).
 */
export function listSecrets(config: object): readonly string[] {
  const found = new Set<string>();
  const pending: unknown[] = [config];
  const seen = new Set<unknown>();
  while (pending.length > 0) {
    const value = pending.pop();
    if (value instanceof Secret) for (const text of writings(value.reveal())) found.add(text);
    else if (typeof value === 'object' && value !== null && !seen.has(value)) {
      seen.add(value);
      pending.push(...Object.values(value));
    }
  }
  return [...found];
}

function writings(secret: string): readonly string[] {
  const url = URL.parse(secret);
  if (url === null) return [secret];
  const password = url.password === '' ? [] : [url.password, safelyDecoded(url.password)];
  return [secret, ...password, ...(url.pathname.length < MIN_PATH_LENGTH ? [] : [url.pathname])];
}

function safelyDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
