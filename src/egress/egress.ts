import type { Agent, Dispatcher, ProxyAgent } from 'undici';
import { chooseProxy, type ProxyRules } from '../domain/proxy-rules.ts';
import type { Secret } from '../kit/secret.ts';
import { undici } from './undici-client.ts';

export interface EgressOptions {
  /** Absent: everything is reached directly. */
  readonly proxy: ProxyRules | undefined;
  readonly agent: Omit<Agent.Options, 'connect'>;
  /** How a connection is made: to what is asked for, directly or through the tunnel of a proxy. */
  readonly connect: {
    readonly timeout: number;
    readonly tls?: object;
    /** Only for the direct way: behind a proxy it is the proxy that finds the address. */
    readonly lookup?: object;
  };
}

/**
 * The way out of this process: sends each request directly, or by the proxy that is meant for it. What is asked for by
 * https goes through a tunnel (`CONNECT`), so that the proxy sees the host and nothing else; plain http is handed to it.
 */
export class Egress extends undici.Dispatcher {
  readonly #options: EgressOptions;
  readonly #direct: Agent;
  readonly #proxies = new Map<string, ProxyAgent>();

  constructor(options: EgressOptions) {
    super();
    this.#options = options;
    const { timeout, tls, lookup } = options.connect;
    this.#direct = new undici.Agent({ ...options.agent, connect: { timeout, ...tls, ...lookup } });
  }

  /** `host:port` of the proxy a request to this URL takes; `undefined` for the direct way. */
  proxyFor(url: URL): string | undefined {
    const proxy = this.#chooseProxy(url);
    return proxy === undefined ? undefined : proxyName(proxy);
  }

  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    const proxy = this.#chooseProxy(new URL(String(options.origin)));
    const dispatcher = proxy === undefined ? this.#direct : this.#agentOf(proxy);
    return dispatcher.dispatch({ ...options, origin: options.origin ?? '' }, handler);
  }

  // The types of undici also know forms with callbacks; nobody here uses them.
  override async close(): Promise<void> {
    await Promise.all([this.#direct, ...this.#proxies.values()].map((agent) => agent.close()));
  }

  override async destroy(): Promise<void> {
    await Promise.all([this.#direct, ...this.#proxies.values()].map((agent) => agent.destroy()));
  }

  #chooseProxy(url: URL): Secret | undefined {
    const { proxy } = this.#options;
    return proxy === undefined ? undefined : chooseProxy(proxy, url);
  }

  #agentOf(proxy: Secret): ProxyAgent {
    const address = proxy.reveal();
    const known = this.#proxies.get(address);
    if (known !== undefined) return known;
    const { agent, connect } = this.#options;
    const url = new URL(address);
    const created = new undici.ProxyAgent({
      ...agent,
      uri: url.origin,
      ...(url.username !== '' && { token: basic(url) }),
      connectTimeout: connect.timeout,
      ...(connect.tls !== undefined && { requestTls: connect.tls }),
      // A proxy that takes a connection and says nothing would hold it for five minutes.
      clientFactory: (origin, options) => new undici.Pool(origin, { ...options, headersTimeout: connect.timeout }),
    });
    this.#proxies.set(address, created);
    return created;
  }
}

/** The proxy by its host and port, without user and password. */
export function proxyName(proxy: Secret): string {
  const url = new URL(proxy.reveal());
  return `${url.hostname}:${url.port || (url.protocol === 'https:' ? 443 : 80)}`;
}

function basic(url: URL): string {
  const user = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  return `Basic ${Buffer.from(user).toString('base64')}`;
}
