// The room `sources/webhook`: events that registries deliver by HTTP.

import type { Dialect } from '../../domain/registry-event.ts';
import type { WebhookAuthentication } from '../../domain/webhook-authentication.ts';
import { isSameSecret } from '../../kit/same-secret.ts';
import type { Handshake } from '../dialects/handshake.ts';
import type { PayloadLimits } from '../dialects/payload-limits.ts';
import { type Authenticator, type AuthenticatorDeps, createAuthenticator } from './authentication.ts';
import { createTokenBucket, type Rate, type TokenBucket } from './token-bucket.ts';

/** One webhook receiver of the configuration. */
export interface WebhookReceiver {
  /** Also the last part of its path, unless it authenticates by path. */
  readonly id: string;
  readonly registryIds: readonly string[];
  readonly dialect: Dialect;
  /** What a delivery in this dialect may come to. */
  readonly limits: PayloadLimits;
  readonly authentication: WebhookAuthentication;
  /** What its service asks before it delivers. */
  readonly handshake?: Handshake | undefined;
  /** Default: 5,000 a second, 20,000 at once. */
  readonly rate?: Rate;
}

/** A receiver ready for requests. */
export interface ReceiverRoute {
  readonly receiver: WebhookReceiver;
  readonly authenticator: Authenticator;
  readonly bucket: TokenBucket;
}

/** Finds the receiver whose path ends in this key. */
export type FindRoute = (key: string) => ReceiverRoute | undefined;

// A storm of 100,000 events in a minute is 1,700 a second and must pass, also where its sender was kept waiting and now
// sends as fast as it is answered; more than this is no registry.
const DEFAULT_RATE: Rate = { perSecond: 5000, burst: 20_000 };

/** Prepares all receivers. @throws {InvalidInputError} `CONFIG_INVALID` by {@link createAuthenticator} */
export function createRoutes(receivers: readonly WebhookReceiver[], deps: AuthenticatorDeps): FindRoute {
  const routes = receivers.map((receiver) => ({
    receiver,
    authenticator: createAuthenticator(receiver.id, receiver.authentication, deps),
    bucket: createTokenBucket(receiver.rate ?? DEFAULT_RATE, () => performance.now()),
  }));
  return (key) => {
    // All are compared in constant time: for some the path is the secret.
    const found = routes.filter(({ receiver }) =>
      pathKeys(receiver)
        .map((own) => isSameSecret(key, own))
        .includes(true),
    );
    return found[0];
  };
}

/** What the receiver's path may end in, `/webhooks/<key>`. May be secrets: not for logs. */
function pathKeys({ id, authentication }: WebhookReceiver): readonly string[] {
  return authentication.kind === 'path' ? authentication.paths.map((path) => path.reveal()) : [id];
}
