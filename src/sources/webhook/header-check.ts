import type { WebhookAuthentication } from '../../domain/webhook-authentication.ts';
import { matchesAny } from './matches-any.ts';
import { type HeaderValues, KNOWN, onlyValue, type SenderCheck, unknown } from './sender.ts';

/** Ways that send the secret itself in a header. */
export type HeaderAuthentication = Extract<WebhookAuthentication, { kind: 'header' | 'bearer' | 'basic' }>;

/** Creates the check of a header that holds the secret. */
export function createHeaderCheck(authentication: HeaderAuthentication): SenderCheck {
  return {
    kind: 'sender',
    judge({ headers }) {
      const given = givenIn(headers, authentication);
      return given !== null && matchesAny(given, expectedBy(authentication)) ? KNOWN : unknown(WRONG);
    },
  };
}

const WRONG = 'the secret in its header is missing or wrong';

function givenIn(headers: HeaderValues, authentication: HeaderAuthentication): string | null {
  if (authentication.kind === 'header') return onlyValue(headers, authentication.name.toLowerCase());
  return withoutScheme(onlyValue(headers, 'authorization'), authentication.kind);
}

function expectedBy(authentication: HeaderAuthentication): readonly string[] {
  switch (authentication.kind) {
    case 'header':
      return authentication.values.map((value) => value.reveal());
    case 'bearer':
      return authentication.tokens.map((token) => token.reveal());
    case 'basic':
      return authentication.passwords.map((password) =>
        Buffer.from(`${authentication.username}:${password.reveal()}`).toString('base64'),
      );
  }
}

/** What stands after `Authorization: Bearer`. */
export function bearerToken(headers: HeaderValues): string | null {
  return withoutScheme(onlyValue(headers, 'authorization'), 'bearer');
}

// RFC 9110 §11.1: the scheme is compared without regard to case.
function withoutScheme(value: string | null, scheme: string): string | null {
  const found = value?.slice(0, scheme.length + 1).toLowerCase();
  return value !== null && found === `${scheme} ` ? value.slice(scheme.length + 1).trim() : null;
}
