import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Config } from '../../config/config.ts';
import { chooseProxy, type ProxyRules } from '../../domain/proxy-rules.ts';
import { Egress } from '../../egress/egress.ts';
import { explainProxyError } from '../../egress/explain-proxy-error.ts';
import { FaultError } from '../../kit/errors.ts';
import { probeSmtp } from '../../notify/email/probe-smtp.ts';
import { type Check, ok } from './check.ts';

/** Whether a sink can be reached, without sending anything: mail up to the login, Slack up to the TLS handshake. */
export function checkSink(sink: Config['notify'][number], proxy: Config['proxy']): Check {
  const name = `sink ${sink.id}`;
  if (sink.kind === 'email') {
    const { host, port, username } = sink.smtp;
    return {
      name,
      async run() {
        await probeSmtp(sink);
        const login = username === undefined ? '' : ' takes our password,';
        return ok(
          `the mail server ${host}:${port}${login} knows the sender and takes mail for the recipients; nothing was sent`,
        );
      },
    };
  }
  return {
    name,
    async run(signal) {
      const url = new URL(sink.url.reveal().trim());
      const isProxied = proxy !== undefined && chooseProxy(proxy, url) !== undefined;
      const host = isProxied ? await reachByProxy(url, proxy, signal) : await reach(url, signal);
      return ok(`${host} can be reached; nothing was posted (\`lazaret notify test ${sink.id}\` does that)`);
    },
  };
}

/** Opens a connection and closes it. The path is a secret, so only the host is ever named. */
async function reach(url: URL, signal: AbortSignal): Promise<string> {
  const isTls = url.protocol === 'https:';
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const port = Number(url.port) || (isTls ? 443 : 80);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const socket: Socket = isTls ? connectTls({ host, port, servername: host }) : connectTcp({ host, port });
  const abort = (): void => void socket.destroy(signal.reason instanceof Error ? signal.reason : undefined);
  signal.addEventListener('abort', abort, { once: true });
  socket.once(isTls ? 'secureConnect' : 'connect', resolve);
  socket.once('error', reject);
  try {
    await promise;
    return `${url.hostname}:${port}`;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'no answer';
    throw new FaultError('SINK_UNREACHABLE', `could not connect to ${url.hostname}:${port} (${code})`, {
      retryable: true,
      cause: error,
      hint: 'Check the address, the network and that the certificate is one this machine trusts.',
    });
  } finally {
    signal.removeEventListener('abort', abort);
    socket.destroy();
  }
}

const CONNECT_TIMEOUT_MS = 10_000;

/**
 * Asks a server behind a proxy for nothing in particular, and returns its host. The path is a secret, so only the host is
 * ever named and asked.
 * @throws {FaultError} `SINK_UNREACHABLE`
 */
async function reachByProxy(url: URL, proxy: ProxyRules, signal: AbortSignal): Promise<string> {
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
