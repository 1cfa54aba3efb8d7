import type { TokenAuthentication, TokenIssuer, WebhookAuthentication } from '../../domain/webhook-authentication.ts';
import { InvalidInputError } from '../../kit/errors.ts';
import type { Secret } from '../../kit/secret.ts';
import { createCertificateCheck } from './certificate-check.ts';
import { createHeaderCheck } from './header-check.ts';
import type { ReadDocument } from './read-document.ts';
import { type BodyCheck, KNOWN, type SenderCheck, type SignatureCheck } from './sender.ts';
import { createSignatureCheck } from './signature-check.ts';

/** Decides whether a request comes from who knows the secret. */
export type Authenticator = SenderCheck | SignatureCheck;

export interface AuthenticatorDeps {
  /** How documents of an issuer of tokens are read. */
  readonly openIssuer: (issuer: TokenIssuer) => ReadDocument;
  /** Throws {FaultError} `CLOCK_UNTRUSTED` where our clock cannot be believed; absent: it is. */
  readonly checkClock?: () => void;
}

// 16 characters of base64url hold 96 bits: nobody finds the path by trying.
const MIN_PATH_SECRET = 16;
const PATH_SECRET = /^[A-Za-z0-9_-]+$/;

/**
 * Builds the check of one receiver. Every comparison takes the same time whatever was sent.
 * @throws {InvalidInputError} `CONFIG_INVALID` when a secret is missing, empty or, for a path, guessable
 */
export function createAuthenticator(
  receiverId: string,
  authentication: WebhookAuthentication,
  deps: AuthenticatorDeps,
): Authenticator {
  const fault = findFault(authentication);
  if (fault !== undefined) {
    const where = `sources.${receiverId}`;
    throw new InvalidInputError('CONFIG_INVALID', `${where}: ${fault}`, [{ where, message: fault }]);
  }
  switch (authentication.kind) {
    case 'path':
      // The path was compared when the receiver was looked up.
      return { kind: 'sender', judge: () => KNOWN };
    case 'hmac':
      return createSignatureCheck(authentication);
    case 'oidc':
      return loadTokenCheck(authentication, deps);
    case 'clientCertificate':
      return createCertificateCheck(authentication.accepted, () => new Date());
    default:
      return createHeaderCheck(authentication);
  }
}

// The library takes 30 ms to load: only who takes tokens pays for it, with the first one.
function loadTokenCheck(
  authentication: TokenAuthentication,
  { openIssuer, checkClock = () => undefined }: AuthenticatorDeps,
): SenderCheck {
  const read = openIssuer(authentication);
  let loading: Promise<SenderCheck> | undefined;
  async function load(): Promise<SenderCheck> {
    const { createTokenCheck } = await import('./token-check.ts');
    const clocks = { nowMs: () => performance.now(), clock: () => new Date(), checkClock };
    return createTokenCheck(authentication, { read, ...clocks });
  }
  return {
    kind: 'sender',
    isCostly: true,
    async judge(sender) {
      loading ??= load();
      return (await loading).judge(sender);
    },
  };
}

/** Begins to check a body; absent where the sender is known without it. */
export function startBody(authenticator: Authenticator): BodyCheck | undefined {
  return authenticator.kind === 'signature' ? authenticator.start() : undefined;
}

function findFault(authentication: WebhookAuthentication): string | undefined {
  if (authentication.kind === 'path') return findPathFault(authentication.paths);
  if (authentication.kind === 'oidc') {
    const { audiences, emails, subjects } = authentication.accepted.current;
    const isEnough = audiences.length > 0 && emails.length + subjects.length > 0;
    return isEnough ? undefined : 'expected an audience, and an e-mail or a subject: without them anybody has a token';
  }
  if (authentication.kind === 'clientCertificate') {
    const isNamed = Object.values(authentication.accepted.current).flat().length > 0;
    return isNamed ? undefined : 'expected a name: without one every certificate of the authority would do';
  }
  const secrets = secretsOf(authentication);
  const isEmpty = secrets.length === 0 || secrets.some((secret) => secret.reveal().trim() === '');
  return isEmpty ? 'expected a secret that is not empty: a receiver without one would believe anybody' : undefined;
}

function findPathFault(paths: readonly Secret[]): string | undefined {
  const isGuessable = ({ length }: string): boolean => length < MIN_PATH_SECRET;
  const texts = paths.map((path) => path.reveal());
  if (texts.length > 0 && texts.every((path) => !isGuessable(path) && PATH_SECRET.test(path))) return undefined;
  return `expected a path of at least ${MIN_PATH_SECRET} random letters, digits, "_" or "-"`;
}

function secretsOf(
  authentication: Exclude<WebhookAuthentication, { kind: 'path' | 'oidc' | 'clientCertificate' }>,
): readonly Secret[] {
  if (authentication.kind === 'header') return authentication.values;
  if (authentication.kind === 'bearer') return authentication.tokens;
  if (authentication.kind === 'basic') return authentication.passwords;
  return authentication.secrets;
}
