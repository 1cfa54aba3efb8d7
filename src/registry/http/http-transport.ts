// The room `registry/http`: requests to a registry: addresses that may be asked, redirects, retries and limits.

import { createSecureContext, getCACertificates } from 'node:tls';
import type { Dispatcher } from 'undici';
import type { ProxyRules } from '../../domain/proxy-rules.ts';
import { Egress } from '../../egress/egress.ts';
import { explainProxyError } from '../../egress/explain-proxy-error.ts';
import { FaultError } from '../../kit/errors.ts';
import { ERROR_BODY_BYTES, type RegistryLimits } from '../limits.ts';
import type { RequestInfo } from '../registry-options.ts';
import { type AddressRules, assertDiallable, createGuardedLookup } from './guarded-lookup.ts';
import { createProxiedGuard } from './proxied-guard.ts';
import { readBody, readBodyStart } from './read-body.ts';
import { toFault } from './transport-fault.ts';

/** One HTTP request, as it goes over the wire. */
export interface HttpRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** Most bytes of a successful answer; one that is longer is a fault. */
  readonly maxBytes: number;
}

export interface HttpReply {
  readonly status: number;
  /** The header's value, several joined by a comma; names in lower case. */
  header(name: string): string | undefined;
  /** Of a 2xx the whole body, else its first 8 KiB. */
  readonly body: Uint8Array;
}

export interface HttpTransport {
  /**
   * Makes exactly this one request: follows nothing, repeats nothing, decompresses nothing.
   * @throws {FaultError} `REGISTRY_UNREACHABLE`, `REGISTRY_TIMEOUT`, `REGISTRY_RESPONSE_INVALID`,
   * `REGISTRY_RESPONSE_TOO_LARGE`, `REGISTRY_REDIRECT_REFUSED`; an abort by the caller's signal is thrown as its reason.
   */
  exchange(request: HttpRequest, signal: AbortSignal): Promise<HttpReply>;
  close(): Promise<void>;
}

export interface TransportOptions {
  readonly registryId: string;
  readonly limits: RegistryLimits;
  readonly addresses: AddressRules;
  readonly proxy?: ProxyRules | undefined;
  readonly ca?: string;
  readonly onRequest?: (info: RequestInfo) => void;
  /** Called with each answer, whoever gave it. */
  readonly onReply?: (url: URL, reply: HttpReply) => void;
}

/** Hosts one registry may make us keep connections to: itself, its token service, a few stores of blobs. */
const MAX_ORIGINS = 64;

/** Creates the HTTP client of one registry, on undici: no redirects, no decompression, bounded bodies and times. */
export function createHttpTransport(options: TransportOptions): HttpTransport {
  const { limits, addresses } = options;
  const egress = new Egress({
    proxy: options.proxy,
    agent: {
      connections: limits.concurrency,
      pipelining: 1,
      // HTTP/2 would multiplex what `concurrency` bounds, and adds a second parser for hostile bytes.
      allowH2: false,
      maxOrigins: MAX_ORIGINS,
      headersTimeout: limits.headersMs,
      bodyTimeout: limits.bodyIdleMs,
    },
    connect: {
      timeout: limits.headersMs,
      lookup: { lookup: createGuardedLookup(addresses) },
      ...(options.ca !== undefined && {
        tls: { secureContext: createSecureContext({ ca: [...getCACertificates('default'), options.ca] }) },
      }),
    },
  });
  const guards = { direct: (url: URL) => assertDiallable(url, addresses), proxied: createProxiedGuard(addresses) };
  return {
    exchange: (request, signal) => counted(options, request, () => exchange({ egress, guards }, request, signal)),
    close: () => egress.destroy(),
  };
}

interface Way {
  readonly egress: Egress;
  readonly guards: Readonly<Record<'direct' | 'proxied', (url: URL) => Promise<void>>>;
}

async function exchange({ egress, guards }: Way, request: HttpRequest, signal: AbortSignal): Promise<HttpReply> {
  const { url, method } = request;
  const proxy = egress.proxyFor(url);
  try {
    signal.throwIfAborted();
    await guards[proxy === undefined ? 'direct' : 'proxied'](url);
    if (proxy !== undefined) refuseClearText(request, proxy);
    const response = await egress.request({
      origin: url.origin,
      path: `${url.pathname}${url.search}`,
      method,
      headers: { 'user-agent': 'lazaret', 'accept-encoding': 'identity', ...request.headers },
      body: request.body ?? null,
      signal,
      // undici closes the connection after every HEAD unless told not to.
      reset: false,
    });
    return await readReply(response, request);
  } catch (error) {
    const trouble = proxy === undefined || signal.aborted ? undefined : explainProxyError(error, proxy, url.host);
    if (trouble === undefined) throw toFault(error, url.host, signal);
    const { message, ...rest } = trouble;
    throw new FaultError('REGISTRY_UNREACHABLE', message, { ...rest, cause: error });
  }
}

/** A proxy reads what goes to plain http: nobody's credentials but its own are for it. */
function refuseClearText({ url, headers }: HttpRequest, proxy: string): void {
  if (url.protocol !== 'http:' || !Object.keys(headers).some((name) => name.toLowerCase() === 'authorization')) return;
  throw new FaultError(
    'REGISTRY_UNREACHABLE',
    `credentials for ${url.host} would go to the proxy ${proxy} in clear text`,
    {
      retryable: false,
      hint: `Give the registry TLS, or reach it directly: name ${url.hostname} in NO_PROXY (\`proxy.except\`).`,
    },
  );
}

async function readReply(response: Dispatcher.ResponseData, request: HttpRequest): Promise<HttpReply> {
  const { statusCode: status, headers, body } = response;
  const header = (name: string): string | undefined => {
    const value = headers[name];
    return typeof value === 'string' ? value : value?.join(', ');
  };
  if (status < 200 || status > 299) return { status, header, body: await readBodyStart(body, ERROR_BODY_BYTES) };
  const encoding = header('content-encoding') ?? 'identity';
  if (encoding.trim().toLowerCase() !== 'identity') {
    body.on('error', () => undefined).destroy();
    throw new FaultError(
      'REGISTRY_RESPONSE_INVALID',
      `${request.url.host}: expected an answer without Content-Encoding, got one that is compressed`,
      {
        retryable: false,
        hint: 'A proxy in front of the registry must not compress what clients did not ask to be compressed.',
      },
    );
  }
  const length = request.method === 'HEAD' ? undefined : header('content-length');
  return { status, header, body: await readBody(body, request.maxBytes, { host: request.url.host, length }) };
}

async function counted(
  { registryId, onRequest, onReply }: TransportOptions,
  { method, url }: HttpRequest,
  run: () => Promise<HttpReply>,
): Promise<HttpReply> {
  const start = performance.now();
  let status: RequestInfo['status'] = 'error';
  try {
    const reply = await run();
    status = reply.status;
    onReply?.(url, reply);
    return reply;
  } finally {
    onRequest?.({ registryId, method, status, ms: performance.now() - start });
  }
}
