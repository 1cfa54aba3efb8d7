import type { ProxyRules } from '../domain/proxy-rules.ts';
import type { TokenIssuer } from '../domain/webhook-authentication.ts';
import { FaultError } from '../kit/errors.ts';
import { withDeadline } from '../kit/io/with-deadline.ts';
import type { HttpTransport } from '../registry/http/http-transport.ts';
import { createServiceTransport } from './service-transport.ts';

/** Less than a sender waits for our answer: Pub/Sub 10 s at least, GitHub as long. */
const READ_MS = 4_000;
/** Ten keys with their certificates take 20 KiB. */
const MAX_BYTES = 256 * 1024;

/** Reads documents of one issuer. */
export interface IssuerReader {
  /** @throws {FaultError} `ISSUER_UNAVAILABLE` */
  read(url: URL): Promise<Uint8Array>;
  close(): Promise<void>;
}

/**
 * Creates the reader of one issuer's documents, on the HTTP client of registries: by https only, by the configured
 * proxy, no redirects, in bounds, and at no private address but the issuer's own.
 */
export function createIssuerReader({ issuer, ca }: TokenIssuer, proxy: ProxyRules | undefined): IssuerReader {
  const base = new URL(issuer);
  const transport = createServiceTransport({ base, ca, proxy, timeoutMs: READ_MS });
  return {
    read: (url) => withDeadline(NEVER, READ_MS, (signal) => readOnce(transport, url, signal)),
    close: () => transport.close(),
  };
}

async function readOnce(transport: HttpTransport, url: URL, signal: AbortSignal): Promise<Uint8Array> {
  if (url.protocol !== 'https:') throw unavailable(url, 'expected https');
  try {
    const request = { method: 'GET' as const, url, headers: { accept: 'application/json' }, maxBytes: MAX_BYTES };
    const { status, body } = await transport.exchange(request, signal);
    if (status === 200) return body;
    throw unavailable(url, `it answered ${status}`);
  } catch (error) {
    if (!(error instanceof FaultError) || error.code === 'ISSUER_UNAVAILABLE') throw error;
    throw unavailable(url, error.message, error);
  }
}

function unavailable({ host, pathname }: URL, why: string, cause?: unknown): FaultError {
  return new FaultError('ISSUER_UNAVAILABLE', `${host}${pathname} cannot be read: ${why}`, {
    retryable: true,
    cause,
    hint: 'Check `oidc.issuer`, `oidc.caFile` where its certificate is of an authority of your own, and `proxy`.',
  });
}

const NEVER = new AbortController().signal;
