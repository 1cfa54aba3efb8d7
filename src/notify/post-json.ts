import type { Dispatcher } from 'undici';
import type { ProxyRules } from '../domain/proxy-rules.ts';
import type { Egress } from '../egress/egress.ts';
import { errorCode } from '../kit/error-code.ts';
import { FaultError } from '../kit/errors.ts';
import { parseRetryAfter } from '../kit/retry-after.ts';
import type { HttpReply } from './http-reply.ts';

/** Sends JSON to one webhook address. */
export interface JsonPoster {
  /**
   * Posts the payload and returns whatever was answered, redirects included: they are not followed.
   * @throws {FaultError} `SINK_UNREACHABLE` if nothing was sent, `SINK_REPLY_UNKNOWN` if it may have arrived.
   * @throws {DOMException} `AbortError`, with the signal's reason as its cause.
   */
  post(payload: unknown, signal: AbortSignal): Promise<HttpReply>;
  close(): Promise<void>;
}

export interface JsonPosterOptions {
  /** The whole exchange; default 20 s, the limit of threats L6. */
  readonly timeoutMs?: number;
  /** Which proxies requests take; absent: none. */
  readonly proxy?: ProxyRules | undefined;
}

const TIMEOUT_MS = 20_000;
const CONNECT_TIMEOUT_MS = 10_000;
/** An answer is read up to this many bytes. */
const MAX_REPLY_BYTES = 8 * 1024;

/** Codes of errors that come before the first byte of the request has left. */
const NOT_SENT =
  /^(?:ECONNREFUSED|ENOTFOUND|EAI_\w+|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL|UND_ERR_CONNECT_TIMEOUT|EPROTO|ERR_TLS_\w+|ERR_SSL_\w+|CERT_\w+|UNABLE_TO_\w+|DEPTH_ZERO_\w+|SELF_SIGNED_\w+|HOSTNAME_MISMATCH)$/;

/**
 * Creates the one HTTP client of all webhook sinks. The address is a secret: it appears in no error, and is taken out
 * of what the other side says; it is asked for again for each message, because it may be changed meanwhile. undici is
 * loaded with the first message, so that a start does not wait for it.
 */
export function createJsonPoster(address: () => URL, options: JsonPosterOptions = {}): JsonPoster {
  let egress: Egress | undefined;
  return {
    post: async (payload, signal) => {
      const url = address();
      const { Egress } = await import('../egress/egress.ts');
      // No keep-alive: messages are rare, and a connection closed while idle would look like a lost reply.
      egress ??= new Egress({
        proxy: options.proxy,
        agent: { pipelining: 0 },
        connect: { timeout: CONNECT_TIMEOUT_MS },
      });
      const deadline = AbortSignal.timeout(options.timeoutMs ?? TIMEOUT_MS);
      const request: Dispatcher.RequestOptions = {
        origin: url.origin,
        path: `${url.pathname}${url.search}`,
        method: 'POST',
        headers: { 'content-type': 'application/json; charset=utf-8', 'user-agent': 'lazaret' },
        body: JSON.stringify(payload),
        signal: AbortSignal.any([signal, deadline]),
      };
      try {
        return await exchange(egress, request, url);
      } catch (error) {
        throw await translate(error, { signal, deadline, url, proxy: egress.proxyFor(url) });
      }
    },
    close: async () => {
      await egress?.close();
    },
  };
}

async function exchange(egress: Egress, request: Dispatcher.RequestOptions, url: URL): Promise<HttpReply> {
  const response = await egress.request(request);
  const body = await readPrefix(response.body);
  return {
    status: response.statusCode,
    retryAfterMs: parseRetryAfter(response.headers['retry-after'], new Date()),
    body: withoutAddress(body, url),
  };
}

async function readPrefix(body: Dispatcher.ResponseData['body']): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    chunks.push(chunk);
    length += chunk.byteLength;
    if (length >= MAX_REPLY_BYTES) break;
  }
  return Buffer.concat(chunks).subarray(0, MAX_REPLY_BYTES).toString('utf8');
}

/** Parts of an address that are shorter than this are words such as `services`, not secrets. */
const SECRET_PART_LENGTH = 8;

// A server that says "Cannot POST /services/T0/B0/…" would put the secret into our records.
function withoutAddress(text: string, url: URL): string {
  const parts = [url.username, url.password, ...url.pathname.split('/'), ...url.searchParams.values()];
  const secrets = parts.filter((part) => part.length >= SECRET_PART_LENGTH);
  return [url.href, `${url.pathname}${url.search}`, ...secrets]
    .filter((secret) => secret.length > 1)
    .reduce((rest, secret) => rest.replaceAll(secret, '[address]'), text);
}

interface Circumstances {
  readonly signal: AbortSignal;
  readonly deadline: AbortSignal;
  readonly url: URL;
  /** `host:port` */
  readonly proxy: string | undefined;
}

async function translate(error: unknown, { signal, deadline, url, proxy }: Circumstances): Promise<Error> {
  if (signal.aborted) {
    // `DOMException` takes no cause in its types, but an error may carry one.
    return Object.assign(new DOMException('sending the message was stopped', 'AbortError'), { cause: signal.reason });
  }
  const code = errorCode(error) ?? 'no code';
  const cause = new Error(withoutAddress(error instanceof Error ? error.message : code, url));
  if (proxy !== undefined && !deadline.aborted) {
    const { explainProxyError } = await import('../egress/explain-proxy-error.ts');
    const trouble = explainProxyError(error, proxy, url.host);
    if (trouble !== undefined) {
      const { message, hint } = trouble;
      // Retryable even where the fault will not pass by itself: a message is kept for a week, and somebody may repair
      // the proxy by then.
      return new FaultError('SINK_UNREACHABLE', message, { retryable: true, cause, hint });
    }
  }
  if (NOT_SENT.test(code)) {
    return new FaultError('SINK_UNREACHABLE', `could not connect to ${url.host} (${code})`, {
      retryable: true,
      cause,
      hint: 'Check the address, the network, and that the certificate is one this machine trusts.',
    });
  }
  const why = deadline.aborted ? 'it did not answer in time' : `the connection broke (${code})`;
  return new FaultError('SINK_REPLY_UNKNOWN', `the message went to ${url.host}, but ${why}: it may have arrived`, {
    retryable: true,
    cause,
  });
}
