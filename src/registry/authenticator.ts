import { parseChallenges } from './challenge.ts';
import { basicHeader } from './credential.ts';
import type { CredentialSource } from './credential-source.ts';
import type { HttpReply, HttpRequest } from './http-transport.ts';
import { resolveRealm } from './realm.ts';
import { createTokenCache } from './token-cache.ts';
import { fetchToken, type TokenService } from './token-service.ts';

/** Knows what to put into `Authorization` for requests to one registry, and learns it from its first 401. */
export interface Authenticator {
  /** The header for a request with this scope, as far as is known; `undefined` to ask without. */
  authorize(scope: string | undefined, signal: AbortSignal): Promise<string | undefined>;
  /**
   * What to try after a 401 to a request that carried `used`; `undefined` if there is nothing better to show.
   * @throws {FaultError} `REGISTRY_UNAUTHORIZED`, `REGISTRY_REALM_REFUSED`
   */
  answer(refusal: Refusal, signal: AbortSignal): Promise<string | undefined>;
}

export interface Refusal {
  readonly reply: HttpReply;
  readonly url: URL;
  /** Ours, never the challenge's: a registry does not say for what our credentials are used. */
  readonly scope: string | undefined;
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

/** Creates the authenticator of one registry and one set of credentials. */
export function createAuthenticator(options: AuthenticatorOptions): Authenticator {
  const { base, realmHosts, credentials, exchange } = options;
  const tokens = createTokenCache();
  let scheme: { readonly kind: 'basic' } | ({ readonly kind: 'token' } & TokenService) | undefined;

  async function bearer(service: TokenService, scope: string | undefined, signal: AbortSignal): Promise<string> {
    const token = await tokens.get(
      scope ?? '',
      async () => fetchToken(service, scope, await credentials.read(), exchange),
      signal,
    );
    return `Bearer ${token}`;
  }

  return {
    async authorize(scope, signal) {
      const credential = await credentials.read();
      if (credential.kind === 'bearer') return `Bearer ${credential.token}`;
      if (scheme?.kind === 'basic' && credential.kind === 'basic') return basicHeader(credential);
      return scheme?.kind === 'token' ? bearer(scheme, scope, signal) : undefined;
    },

    async answer({ reply, url, scope, used }, signal) {
      const challenges = parseChallenges(reply.header('www-authenticate'));
      if (used !== undefined) credentials.forget();
      const offer = challenges.find((challenge) => challenge.scheme === 'bearer');
      const realm = offer?.parameters.get('realm');
      if (offer !== undefined && realm !== undefined) {
        const service = {
          realm: resolveRealm(realm, url, { base, realmHosts }),
          service: offer.parameters.get('service'),
        };
        scheme = { kind: 'token', ...service };
        // Only the token that was refused: another request may have fetched a better one meanwhile.
        tokens.drop(scope ?? '', used?.replace(/^Bearer /, ''));
        const next = await bearer(service, scope, signal);
        return next === used ? undefined : next;
      }
      const credential = await credentials.read();
      if (!challenges.some((challenge) => challenge.scheme === 'basic') || credential.kind !== 'basic')
        return undefined;
      scheme = { kind: 'basic' };
      const next = basicHeader(credential);
      return next === used ? undefined : next;
    },
  };
}
