import { setTimeout as delay } from 'node:timers/promises';
import { FaultError } from '../domain/errors.ts';
import { type Authenticator, createAuthenticator } from './authenticator.ts';
import { createCredentialSource } from './credential-source.ts';
import { followRedirects } from './follow-redirects.ts';
import type { HttpReply, HttpRequest, HttpTransport } from './http-transport.ts';
import type { RegistryLimits } from './limits.ts';
import { isTooMany } from './registry-fault.ts';
import type { RegistryCredentials } from './registry-options.ts';
import type { RequestGate } from './request-gate.ts';
import { parseRetryAfter } from './retry-after.ts';

/** A right in a repository, as token services name it. */
export type RegistryAction = 'pull' | 'push' | 'delete';

export interface RegistryRequest {
  readonly method: HttpRequest['method'];
  /** On the registry's own origin. */
  readonly url: URL;
  readonly repository?: string;
  readonly actions: readonly RegistryAction[];
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  readonly maxBytes: number;
}

/** Speaks to one registry with one set of credentials: authenticates, follows redirects, waits and repeats politely. */
export interface RegistryClient {
  readonly base: URL;
  /** The host for messages, as images name it. */
  readonly host: string;
  readonly limits: RegistryLimits;
  /** Returns whatever the registry finally answered. @throws {FaultError} when there is no answer to return. */
  send(request: RegistryRequest, signal?: AbortSignal): Promise<HttpReply>;
}

export interface ClientOptions {
  readonly base: URL;
  readonly host: string;
  readonly realmHosts: readonly string[];
  readonly credentials: RegistryCredentials;
  readonly limits: RegistryLimits;
  readonly transport: HttpTransport;
  /** Shared by all clients of a registry. */
  readonly gate: RequestGate;
}

/** First wait before a request is repeated, ms; doubled for the next. */
const REPEAT_MS = 100;
/** A "too many" without `Retry-After`, ms; doubled for the next. */
const PAUSE_MS = 1_000;

export function createRegistryClient(options: ClientOptions): RegistryClient {
  const { base, host, limits, gate } = options;
  const authenticator = createAuthenticator({
    base,
    realmHosts: options.realmHosts,
    credentials: createCredentialSource(options.credentials, host),
    exchange: (request) => timed(options, NEVER, (signal) => options.transport.exchange(request, signal)),
  });

  async function send(request: RegistryRequest, signal: AbortSignal = NEVER): Promise<HttpReply> {
    if (request.url.origin !== base.origin) throw foreign(request.url, host);
    for (let attempt = 0; ; attempt++) {
      const isLast = attempt >= limits.retries;
      const reply = await sendOnce(options, authenticator, request, signal).catch((error: unknown) => {
        if (isLast || !isRead(request) || !isBroken(error)) throw error;
        return undefined;
      });
      if (reply !== undefined && isTooMany(reply)) {
        gate.pause(parseRetryAfter(reply.header('retry-after'), new Date()) ?? PAUSE_MS * 2 ** attempt);
        if (isLast) return reply;
        continue;
      }
      if (reply !== undefined && (reply.status < 500 || reply.status === 501 || isLast || !isRead(request))) {
        if (reply.status < 500) gate.recover();
        return reply;
      }
      await delay(REPEAT_MS * 2 ** attempt * (1 + Math.random()), undefined, { signal });
    }
  }

  return { base, host, limits, send };
}

async function sendOnce(
  options: ClientOptions,
  authenticator: Authenticator,
  request: RegistryRequest,
  signal: AbortSignal,
): Promise<HttpReply> {
  const scope = scopeOf(request);
  const used = await authenticator.authorize(scope, signal);
  const reply = await exchange(options, request, used, signal);
  if (reply.status !== 401) return reply;
  const next = await authenticator.answer({ reply, url: request.url, scope, used }, signal);
  // Once, never in a circle: a token that was just fetched and is refused will be refused again.
  return next === undefined ? reply : exchange(options, request, next, signal);
}

function exchange(
  options: ClientOptions,
  request: RegistryRequest,
  authorization: string | undefined,
  signal: AbortSignal,
): Promise<HttpReply> {
  const { method, url, body, maxBytes } = request;
  const headers = { ...request.headers, ...(authorization !== undefined && { authorization }) };
  return timed(options, signal, (deadline) =>
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

/** Waits for the gate, then gives the request with all its redirects its time. */
function timed<T>(
  { gate, limits }: ClientOptions,
  signal: AbortSignal,
  run: (deadline: AbortSignal) => Promise<T>,
): Promise<T> {
  return gate.pass(() => run(AbortSignal.any([signal, AbortSignal.timeout(limits.requestMs)])), signal);
}

function scopeOf({ repository, actions }: RegistryRequest): string | undefined {
  return repository === undefined ? undefined : `repository:${repository}:${actions.join(',')}`;
}

function isRead({ method }: RegistryRequest): boolean {
  return method === 'GET' || method === 'HEAD';
}

/** A connection that failed may work at once; a registry that took all its time will take it again. */
function isBroken(error: unknown): boolean {
  return error instanceof FaultError && error.code === 'REGISTRY_UNREACHABLE' && error.retryable;
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
