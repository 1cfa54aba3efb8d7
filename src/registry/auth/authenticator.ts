// The room `registry/auth`: credentials of registries, and the tokens they are given for them.

import { createHash } from 'node:crypto';
import { FaultError } from '../../kit/errors.ts';
import type { HttpReply, HttpRequest } from '../http/http-transport.ts';
import { type Challenge, parseChallenges } from './challenge.ts';
import { basicHeader, type Credential } from './credential.ts';
import type { CredentialSource } from './credential-source.ts';
import { formatScope, pullScopeOf, type Scope } from './pull-scope.ts';
import { resolveRealm } from './realm.ts';
import { createTokenCache } from './token-cache.ts';
import { readToken, type TokenService } from './token-service.ts';

/** Provides the `Authorization` header for requests to one registry, and learns which from its first 401. */
export interface Authenticator {
  /** The header for a request to this scope, as far as is known; `undefined` to ask without. */
  authorize(scope: Scope | undefined, signal: AbortSignal): Promise<string | undefined>;
  /**
   * What to try after a 401 to a request that carried `used`; `undefined` if there is nothing better to show.
   * @throws {FaultError} `REGISTRY_UNAUTHORIZED`, `REGISTRY_REALM_REFUSED`
   */
  answer(refusal: Refusal, signal: AbortSignal): Promise<string | undefined>;
  /**
   * What to try after that was refused too: the right to pull that the challenge itself names, if it is another than
   * ours. Only for reading, and only once.
   * @throws {FaultError} as `answer`
   */
  answerAsAsked(refusal: Refusal, signal: AbortSignal): Promise<string | undefined>;
}

export interface Refusal {
  readonly reply: HttpReply;
  readonly url: URL;
  /**
   * The scope that we ask a token for. A registry cannot choose what our credentials are used for, except by
   * `answerAsAsked`.
   */
  readonly scope: Scope | undefined;
  readonly used: string | undefined;
}

export interface AuthenticatorOptions {
  /** The registry as it is dialled. */
  readonly base: URL;
  readonly realmHosts: readonly string[];
  readonly credentials: CredentialSource;
  /** Makes one request to the token service: no redirects. */
  readonly exchange: (request: HttpRequest) => Promise<HttpReply>;
}

/** As many repositories are remembered as have a scope of another name. */
const MAX_RENAMED = 1_000;

/** Creates the authenticator of one registry and one set of credentials. */
export function createAuthenticator(options: AuthenticatorOptions): Authenticator {
  const { base, realmHosts, credentials, exchange } = options;
  const tokens = createTokenCache();
  /** Scopes of ours for which the registry uses another name. */
  const renamed = new Map<string, string>();
  let scheme: { readonly kind: 'basic' } | ({ readonly kind: 'token' } & TokenService) | undefined;

  async function bearer(service: TokenService, scope: Scope | undefined, signal: AbortSignal): Promise<string> {
    const credential = await credentials.read(scope?.repository);
    const own = scope === undefined ? undefined : formatScope(scope);
    const asked = own === undefined ? undefined : (renamed.get(own) ?? own);
    const token = await tokens.get(
      keyOf(asked, credential),
      () => readToken(service, asked, credential, exchange),
      signal,
    );
    return `Bearer ${token}`;
  }

  function serviceOf(offer: Challenge | undefined, url: URL): TokenService | undefined {
    const realm = offer?.parameters.get('realm');
    if (realm === undefined) return undefined;
    return { realm: resolveRealm(realm, url, { base, realmHosts }), service: offer?.parameters.get('service') };
  }

  async function answerAsAsked({ reply, url, scope, used }: Refusal, signal: AbortSignal): Promise<string | undefined> {
    const offer = bearerOffer(reply);
    const service = serviceOf(offer, url);
    const asked = pullScopeOf(offer?.parameters.get('scope'));
    if (service === undefined || asked === undefined || !isReading(scope)) return undefined;
    const own = formatScope(scope);
    if (asked === own) return undefined;
    if (renamed.size >= MAX_RENAMED) renamed.clear();
    renamed.set(own, asked);
    try {
      const next = await bearer(service, scope, signal);
      return next === used ? undefined : next;
    } catch (error) {
      renamed.delete(own);
      throw error;
    }
  }

  return {
    async authorize(scope, signal) {
      const credential = await credentials.read(scope?.repository);
      if (credential.kind === 'bearer') return `Bearer ${credential.token}`;
      if (scheme?.kind === 'basic' && credential.kind === 'basic') return basicHeader(credential);
      return scheme?.kind === 'token' ? bearer(scheme, scope, signal) : undefined;
    },

    async answer(refusal, signal) {
      const { reply, url, scope, used } = refusal;
      if (used !== undefined) credentials.forget(used);
      if (scope !== undefined) renamed.delete(formatScope(scope));
      const service = serviceOf(bearerOffer(reply), url);
      if (service !== undefined) {
        scheme = { kind: 'token', ...service };
        // Only the token that was refused: another request may have fetched a better one meanwhile.
        tokens.drop(used?.replace(/^Bearer /, ''));
        const next = await bearer(service, scope, signal).catch(async (error: unknown) => {
          const other = isRefusal(error) ? await answerAsAsked(refusal, signal) : undefined;
          if (other !== undefined) return other;
          throw error;
        });
        return next === used ? undefined : next;
      }
      const credential = await credentials.read(scope?.repository);
      const offersBasic = parseChallenges(reply.header('www-authenticate')).some((each) => each.scheme === 'basic');
      if (!offersBasic || credential.kind !== 'basic') return undefined;
      scheme = { kind: 'basic' };
      const next = basicHeader(credential);
      return next === used ? undefined : next;
    },

    answerAsAsked,
  };
}

function bearerOffer(reply: HttpReply): Challenge | undefined {
  return parseChallenges(reply.header('www-authenticate')).find((challenge) => challenge.scheme === 'bearer');
}

function isReading(scope: Scope | undefined): scope is Scope {
  return scope?.actions.every((action) => action === 'pull') ?? false;
}

function isRefusal(error: unknown): boolean {
  return error instanceof FaultError && error.code === 'REGISTRY_UNAUTHORIZED';
}

/**
 * Tokens are kept by credential too, so that one team's token is never used for another's request. The credential is
 * hashed, because keys should hold no passwords.
 */
function keyOf(scope: string | undefined, credential: Credential): string {
  return `${scope ?? ''} ${createHash('sha256').update(JSON.stringify(credential)).digest('base64')}`;
}
