import { FaultError } from '../kit/errors.ts';
import { withDeadline } from '../kit/io/with-deadline.ts';
import { createAuthenticator } from './auth/authenticator.ts';
import { parseChallenges } from './auth/challenge.ts';
import type { CredentialSource } from './auth/credential-source.ts';
import { formatScope, pullScopeOf, type Scope } from './auth/pull-scope.ts';
import type { CircuitBreaker } from './http/circuit-breaker.ts';
import { followRedirects } from './http/follow-redirects.ts';
import type { HttpReply, HttpRequest, HttpTransport } from './http/http-transport.ts';
import type { GatedRequest, RequestGate } from './http/request-gate.ts';
import { heedReply, retryRequest } from './http/retry-request.ts';
import { toFault } from './http/transport-fault.ts';
import type { RegistryLimits } from './limits.ts';
import type { RegistryReply } from './registry-fault.ts';

/** A right in a repository, as token services name it. */
export type RegistryAction = 'pull' | 'push' | 'delete' | 'metadata_read' | 'metadata_write';

export interface RegistryRequest {
  readonly method: HttpRequest['method'];
  /** On the registry's own origin. */
  readonly url: URL;
  readonly repository?: string;
  readonly actions: readonly RegistryAction[];
  /** It asks for the catalogue, which is no repository's and takes a right of its own. */
  readonly isCatalog?: true;
  /** Nobody waits for it: it goes when nothing else waits. */
  readonly isBackground?: true;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  readonly maxBytes: number;
}

/** Speaks to one registry with one set of credentials: authenticates, follows redirects, waits its turn and retries. */
export interface RegistryClient {
  readonly base: URL;
  /** The host for messages, as images name it. */
  readonly host: string;
  readonly limits: RegistryLimits;
  /** Returns whatever the registry finally answered. @throws {FaultError} when there is no answer to return. */
  send(request: RegistryRequest, signal?: AbortSignal): Promise<RegistryReply>;
}

export interface ClientOptions {
  readonly base: URL;
  readonly host: string;
  readonly realmHosts: readonly string[];
  readonly credentials: CredentialSource;
  readonly limits: RegistryLimits;
  readonly transport: HttpTransport;
  /** Shared by all clients of a registry. */
  readonly gate: RequestGate;
  readonly breaker: CircuitBreaker;
}

/** Creates a client; nothing is contacted before the first request. */
export function createRegistryClient(options: ClientOptions): RegistryClient {
  const { base, host, limits, transport } = options;
  const authenticator = createAuthenticator({
    base,
    realmHosts: options.realmHosts,
    credentials: options.credentials,
    exchange: (request) => attempt(options, request, NEVER, (deadline) => transport.exchange(request, deadline)),
  });

  async function send(request: RegistryRequest, signal: AbortSignal): Promise<RegistryReply> {
    const { url } = request;
    if (url.origin !== base.origin) throw foreign(url, host);
    const scope = scopeOf(request);
    let used = await authenticator.authorize(scope, signal);
    let reply = await exchange(options, request, used, signal);
    // Each is tried once: a token that was just fetched and is refused will be refused again.
    for (const next of [authenticator.answer, authenticator.answerAsAsked]) {
      if (reply.status !== 401) break;
      const better = await next({ reply, url, scope, used }, signal);
      if (better === undefined) continue;
      used = better;
      reply = await exchange(options, request, used, signal);
    }
    return { ...reply, ...(used === undefined && { isAnonymous: true }), ...otherScope(reply, scope) };
  }

  return {
    base,
    host,
    limits,
    send: (request, signal = NEVER) =>
      send(request, signal).catch((error: unknown) => {
        // The caller's deadline may have fired anywhere, also while waiting for a turn: then the registry was too slow.
        throw signal.aborted ? toFault(error, host, signal) : error;
      }),
  };
}

function exchange(
  options: ClientOptions,
  request: RegistryRequest,
  authorization: string | undefined,
  signal: AbortSignal,
): Promise<HttpReply> {
  const { method, url, body, maxBytes, repository, isBackground } = request;
  const headers = { ...request.headers, ...(authorization !== undefined && { authorization }) };
  return attempt(options, { method, repository, isBackground }, signal, (deadline) =>
    followRedirects(
      { method, url, headers, maxBytes, ...(body !== undefined && { body }) },
      {
        base: options.base,
        limit: options.limits.redirects,
        exchange: (hop) => options.transport.exchange(hop, deadline),
      },
    ),
  );
}

/** Waits for the gate, gives the request with all its redirects its time, and repeats it where that may help. */
function attempt(
  { breaker, gate, limits }: ClientOptions,
  { method, repository, isBackground }: Pick<HttpRequest, 'method'> & Pick<GatedRequest, 'repository' | 'isBackground'>,
  signal: AbortSignal,
  run: (deadline: AbortSignal) => Promise<HttpReply>,
): Promise<HttpReply> {
  return retryRequest({ method, retries: limits.retries, signal }, (tries) => {
    const once = async (): Promise<HttpReply> => {
      const reply = await breaker.watch(() => withDeadline(signal, limits.requestMs, run), repository);
      heedReply(gate, reply, tries);
      return reply;
    };
    return gate.pass(once, signal, { repository, isRetry: tries > 0, isBackground });
  });
}

function scopeOf({ repository, actions, isCatalog }: RegistryRequest): Scope | undefined {
  if (isCatalog) return { actions: ['*'] };
  return repository === undefined ? undefined : { repository, actions };
}

/** What a refusal that names another scope than ours was asked for, for its words. */
function otherScope(reply: HttpReply, scope: Scope | undefined): Pick<RegistryReply, 'scopes'> {
  if (reply.status !== 401 || scope === undefined) return {};
  const [named] = parseChallenges(reply.header('www-authenticate')).flatMap(({ parameters }) => {
    const pull = pullScopeOf(parameters.get('scope'));
    return pull === undefined ? [] : [pull];
  });
  const isOurs = named === undefined || named === formatScope({ ...scope, actions: ['pull'] });
  return isOurs ? {} : { scopes: { ours: formatScope(scope), named } };
}

function foreign(url: URL, host: string): FaultError {
  return new FaultError(
    'REGISTRY_REDIRECT_REFUSED',
    `${host}: expected an address of its own, got one on ${url.host}`,
    {
      retryable: false,
    },
  );
}

const NEVER = new AbortController().signal;
