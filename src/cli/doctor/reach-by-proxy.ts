import type { ProxyRules } from '../../domain/proxy-rules.ts';
import { Egress } from '../../egress/egress.ts';
import { explainProxyError } from '../../egress/explain-proxy-error.ts';
import { FaultError } from '../../kit/errors.ts';

const CONNECT_TIMEOUT_MS = 10_000;

/**
 * Asks a server behind a proxy for nothing in particular, and returns its host. The path is a secret, so only the host is
 * ever named and asked.
 * @throws {FaultError} `SINK_UNREACHABLE`
 */
export async function reachByProxy(url: URL, proxy: ProxyRules, signal: AbortSignal): Promise<string> {
  const egress = new Egress({ proxy, agent: { pipelining: 0 }, connect: { timeout: CONNECT_TIMEOUT_MS } });
  const name = egress.proxyFor(url) ?? 'the proxy';
  try {
    const { body } = await egress.request({ origin: url.origin, path: '/', method: 'HEAD', signal });
    await body.dump();
    return url.host;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'no answer';
    const trouble = explainProxyError(error, name, url.host);
    throw new FaultError('SINK_UNREACHABLE', trouble?.message ?? `could not connect to ${url.host} (${code})`, {
      retryable: true,
      cause: error,
      hint: trouble?.hint ?? 'Check the address, and that the certificate is one this machine trusts.',
    });
  } finally {
    await egress.destroy();
  }
}
