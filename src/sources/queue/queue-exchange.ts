import type { Readable } from 'node:stream';
import type { ProxyRules } from '../../domain/proxy-rules.ts';
import type { SdkExchange } from '../../egress/aws/sdk-handler.ts';
import { Egress } from '../../egress/egress.ts';
import { explainProxyError } from '../../egress/explain-proxy-error.ts';
import { type FaultCode, FaultError } from '../../kit/errors.ts';

/** Ten messages of a mebibyte, of which JSON may make twice as much: whoever may send must not be able to stop us. */
const MAX_BYTES = 24 * 1024 * 1024;
const IDLE_MS = 10_000;
const CONNECT_MS = 10_000;
/** Waiting for messages, holding and removing them go side by side. */
const CONNECTIONS = 4;

/** The HTTP of one queue. */
export interface QueueExchange extends SdkExchange {
  close(): Promise<void>;
}

/**
 * The HTTP of one queue and of whoever gives out its credentials: by the proxy that is meant for each, in bounds. `code`:
 * of the faults that are the proxy's, or an answer that is too large; `headersMs`: how long an answer may take to begin.
 */
export function createQueueExchange(
  proxy: ProxyRules | undefined,
  { code, headersMs }: { readonly code: FaultCode; readonly headersMs: number },
): QueueExchange {
  const egress = new Egress({
    proxy,
    agent: {
      connections: CONNECTIONS,
      pipelining: 1,
      allowH2: false,
      headersTimeout: headersMs,
      bodyTimeout: IDLE_MS,
    },
    connect: { timeout: CONNECT_MS },
  });
  return {
    async exchange({ method, url, headers, body }, signal) {
      const by = egress.proxyFor(url);
      try {
        const response = await egress.request({
          origin: url.origin,
          path: `${url.pathname}${url.search}`,
          method,
          headers: { 'user-agent': 'lazaret', ...headers },
          body: body ?? null,
          signal,
        });
        const header = (name: string): string | undefined => {
          const value = response.headers[name];
          return typeof value === 'string' ? value : value?.join(', ');
        };
        return { status: response.statusCode, header, body: await readAll(response.body, url.host, code) };
      } catch (error) {
        const trouble = by === undefined || signal.aborted ? undefined : explainProxyError(error, by, url.host);
        if (trouble === undefined) throw error;
        const { message, ...rest } = trouble;
        throw new FaultError(code, message, { ...rest, cause: error });
      }
    },
    close: () => egress.destroy(),
  };
}

async function readAll(body: Readable, host: string, code: FaultCode): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let total = 0;
  for await (const chunk of body) {
    const bytes: Uint8Array = chunk;
    total += bytes.byteLength;
    // Leaving the loop destroys the stream, and with it the socket.
    if (total > MAX_BYTES) {
      const message = `${host}: expected an answer of at most ${MAX_BYTES} bytes, got more`;
      throw new FaultError(code, message, { retryable: true });
    }
    chunks.push(bytes);
  }
  return Buffer.concat(chunks, total);
}
