// The room `egress/aws`: the SDK of AWS, on our way out.

import type { ECRClientConfig } from '@aws-sdk/client-ecr';

/** Makes one request as it is, in its own bounds of time: follows nothing, repeats nothing. */
export interface SdkExchange {
  exchange(
    request: {
      readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE';
      readonly url: URL;
      readonly headers: Readonly<Record<string, string>>;
      readonly body?: Uint8Array;
      /** Most bytes of a successful answer. */
      readonly maxBytes: number;
    },
    signal: AbortSignal,
  ): Promise<{ readonly status: number; header(name: string): string | undefined; readonly body: Uint8Array }>;
}

type HttpRequest = Parameters<SdkExchange['exchange']>[0];

/** A request as AWS's SDK hands it over, signed. */
export interface SdkRequest {
  readonly method: string;
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number;
  readonly path: string;
  readonly query?: Readonly<Record<string, string | readonly string[] | null>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

type RequestHandler = Extract<ECRClientConfig['requestHandler'], { handle: unknown }>;

/** An image of a page of a hundred may have a thousand tags of 128 characters. */
const MAX_BYTES = 16 * 1024 * 1024;
/** What the SDK reads of an answer's headers: ids for support, the kind of an error, the time over there. */
const HEADERS = [
  'content-type',
  'date',
  'x-amzn-requestid',
  'x-amzn-errortype',
  'x-amzn-query-error',
  'x-amz-request-id',
];
/** Written anew by the transport. */
const OWN_HEADERS = new Set(['host', 'content-length', 'expect']);

/**
 * The way out for AWS's SDK, which by itself knows no proxy: that of whoever calls it, with his time-outs, proxies and
 * bounds. Follows and repeats nothing.
 */
export function createSdkHandler({ exchange }: SdkExchange): RequestHandler {
  const handler = {
    metadata: { handlerProtocol: 'http/1.1' },
    async handle(request: SdkRequest, { abortSignal }: { readonly abortSignal?: AbortSignal } = {}) {
      const reply = await exchange(toHttp(request), abortSignal ?? NEVER);
      const headers = HEADERS.flatMap((name) => {
        const value = reply.header(name);
        return value === undefined ? [] : [[name, value] as const];
      });
      return { response: { statusCode: reply.status, headers: Object.fromEntries(headers), body: reply.body } };
    },
    updateHttpClientConfig: () => undefined,
    httpHandlerConfigs: () => ({}),
  };
  // The SDK types its own classes; what it asks of them is this.
  return handler as unknown as RequestHandler;
}

function toHttp(request: SdkRequest): HttpRequest {
  const { protocol, hostname, port, path, headers, body } = request;
  const url = new URL(`${protocol}//${hostname}${port === undefined ? '' : `:${port}`}${path}`);
  for (const [name, value] of Object.entries(request.query ?? {})) {
    for (const each of Array.isArray(value) ? value : [value ?? '']) url.searchParams.append(name, each);
  }
  const kept = Object.entries(headers).filter(([name]) => !OWN_HEADERS.has(name.toLowerCase()));
  const bytes = bytesOf(body);
  return {
    method: methodOf(request.method),
    url,
    headers: Object.fromEntries(kept),
    maxBytes: MAX_BYTES,
    ...(bytes !== undefined && { body: bytes }),
  };
}

function methodOf(method: string): HttpRequest['method'] {
  if (method === 'GET' || method === 'HEAD' || method === 'POST' || method === 'PUT' || method === 'DELETE')
    return method;
  throw new TypeError(`the SDK of AWS used the method ${method}`);
}

function bytesOf(body: unknown): Uint8Array | undefined {
  if (body === undefined || body === null) return undefined;
  if (typeof body === 'string') return Buffer.from(body);
  if (body instanceof Uint8Array) return body;
  throw new TypeError('the SDK of AWS sent a body that is a stream');
}

const NEVER = new AbortController().signal;
