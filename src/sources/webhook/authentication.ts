import { createHmac } from 'node:crypto';
import type { SignedAuthentication, WebhookAuthentication } from '../../domain/webhook-authentication.ts';
import { InvalidInputError } from '../../kit/errors.ts';
import { isSameSecret } from '../../kit/same-secret.ts';
import type { Secret } from '../../kit/secret.ts';

/** The headers of a request, each with every value it was sent with. */
export type HeaderValues = NodeJS.Dict<string[]>;

/** Decides whether a request comes from who knows the secret. */
export interface Authenticator {
  /**
   * Begins to check a signed body; absent where the headers alone prove the sender, so that a stranger is refused
   * before the body is read.
   */
  readonly startBody?: () => BodyCheck;
  /** Whether these headers can be right with any body; if not, the body is not read. */
  mayAccept(headers: HeaderValues): boolean;
  /** Whether the headers alone prove it. */
  accepts(headers: HeaderValues): boolean;
}

/** Checks the signature over a body while it comes in: it is neither kept for that nor read again. */
export interface BodyCheck {
  update(bytes: Uint8Array): void;
  /** Whether the headers hold the signature of the whole body. */
  accepts(headers: HeaderValues): boolean;
}

// 16 characters of base64url hold 96 bits: nobody finds the path by trying.
const MIN_PATH_SECRET = 16;
const PATH_SECRET = /^[A-Za-z0-9_-]+$/;

/**
 * Builds the check of one receiver. Every comparison takes the same time whatever was sent.
 * @throws {InvalidInputError} `CONFIG_INVALID` when a secret is missing, empty or, for a path, guessable
 */
export function createAuthenticator(receiverId: string, authentication: WebhookAuthentication): Authenticator {
  const refuse = (message: string) => {
    const where = `sources.${receiverId}`;
    return new InvalidInputError('CONFIG_INVALID', `${where}: ${message}`, [{ where, message }]);
  };
  if (authentication.kind === 'path') {
    const paths = authentication.paths.map((path) => path.reveal());
    if (paths.length === 0 || paths.some((path) => path.length < MIN_PATH_SECRET || !PATH_SECRET.test(path))) {
      throw refuse(`expected a path of at least ${MIN_PATH_SECRET} random letters, digits, "_" or "-"`);
    }
    // The path was compared when the receiver was looked up.
    return { mayAccept: () => true, accepts: () => true };
  }
  const secrets = secretsOf(authentication);
  if (secrets.length === 0 || secrets.some((secret) => secret.reveal().trim() === '')) {
    throw refuse('expected a secret that is not empty: a receiver without one would believe anybody');
  }
  if (authentication.kind === 'hmac') return createHmacCheck(authentication);
  return createHeaderCheck(authentication);
}

type Secretive = Exclude<WebhookAuthentication, { kind: 'path' }>;

function secretsOf(authentication: Secretive): readonly Secret[] {
  if (authentication.kind === 'header') return authentication.values;
  if (authentication.kind === 'bearer') return authentication.tokens;
  if (authentication.kind === 'basic') return authentication.passwords;
  return authentication.secrets;
}

function createHeaderCheck(authentication: Exclude<Secretive, { kind: 'hmac' }>): Authenticator {
  const name = authentication.kind === 'header' ? authentication.name.toLowerCase() : 'authorization';
  const scheme = authentication.kind === 'header' ? null : authentication.kind;
  const expected = (): readonly string[] => {
    const secrets = secretsOf(authentication).map((secret) => secret.reveal());
    if (authentication.kind !== 'basic') return secrets;
    return secrets.map((password) => Buffer.from(`${authentication.username}:${password}`).toString('base64'));
  };
  return {
    mayAccept: () => true,
    accepts(headers) {
      const value = onlyValue(headers, name);
      const given = value !== null && scheme !== null ? withoutScheme(value, scheme) : value;
      return given !== null && matchesAny(given, expected());
    },
  };
}

function createHmacCheck({ header, format, algorithm, secrets }: SignedAuthentication): Authenticator {
  const name = header.toLowerCase();
  const prefix = format === 'prefixed' ? `${algorithm}=` : '';
  return {
    mayAccept: (headers) => HEX[algorithm].test((onlyValue(headers, name) ?? '').replace(prefix, '')),
    accepts: () => false,
    startBody() {
      const sums = secrets.map((secret) => createHmac(algorithm, secret.reveal()));
      return {
        update(bytes) {
          for (const sum of sums) sum.update(bytes);
        },
        accepts(headers) {
          const given = onlyValue(headers, name);
          if (given === null) return false;
          return matchesAny(
            given,
            sums.map((sum) => prefix + sum.digest('hex')),
          );
        },
      };
    },
  };
}

const HEX = { sha256: /^[0-9a-f]{64}$/, sha1: /^[0-9a-f]{40}$/ };

/** A header sent twice proves nothing: which of the two counts would depend on who reads it. */
function onlyValue(headers: HeaderValues, name: string): string | null {
  const values = headers[name];
  return values?.length === 1 ? (values[0] ?? null) : null;
}

// RFC 9110 §11.1: the scheme is compared without regard to case.
function withoutScheme(value: string, scheme: string): string | null {
  const found = value.slice(0, scheme.length + 1).toLowerCase();
  return found === `${scheme} ` ? value.slice(scheme.length + 1).trim() : null;
}

/** Tries every secret, also after one matched, so that the time does not tell which. */
function matchesAny(given: string, expected: readonly string[]): boolean {
  return expected.map((secret) => isSameSecret(given, secret)).includes(true);
}
