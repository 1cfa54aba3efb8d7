import { BlockList, isIP } from 'node:net';
import type { Secret } from '../kit/secret.ts';

/** Which proxies requests take on their way out, by scheme of what is asked for. */
export interface ProxyRules {
  /** A URL, maybe with a user and a password. */
  readonly http?: Secret;
  readonly https?: Secret;
  /** Hosts that are reached directly, in the words of `NO_PROXY`. */
  readonly except: readonly string[];
}

const DEFAULT_PORTS: Readonly<Record<string, string>> = { 'http:': '80', 'https:': '443' };

/**
 * The proxy a request to this URL takes; `undefined` for the direct way. This machine is always reached directly, and
 * so is what `NO_PROXY` names: a domain with all below it (`corp.example`, `.corp.example`), only what is below
 * (`*.corp.example`), an address, a network (`10.0.0.0/8`, for addresses as they are written), each maybe with a port,
 * or `*`. As Go's x/net/http/httpproxy reads it, and with it most tools around registries.
 */
export function chooseProxy(rules: ProxyRules, url: URL): Secret | undefined {
  const proxy = url.protocol === 'https:' ? rules.https : rules.http;
  const host = bare(url.hostname);
  if (proxy === undefined || isThisMachine(host)) return undefined;
  const port = url.port || (DEFAULT_PORTS[url.protocol] ?? '');
  return rules.except.some((entry) => covers(entry.trim().toLowerCase(), host, port)) ? undefined : proxy;
}

function covers(entry: string, host: string, port: string): boolean {
  if (entry === '*') return true;
  const network = /^([0-9a-f.:]+)\/(\d{1,3})$/.exec(entry);
  if (network !== null) return isInside(host, network[1] ?? '', Number(network[2]));
  const [, named = '', entryPort] = isIP(entry) === 6 ? ['', entry] : (/^(.*?)(?::(\d+))?$/.exec(entry) ?? []);
  if (entryPort !== undefined && entryPort !== port) return false;
  const name = bare(named.replace(/^\*?\./, ''));
  if (name === '' || isIP(name) !== 0) return name !== '' && name === host;
  return (host === name && !named.startsWith('*')) || host.endsWith(`.${name}`);
}

function isInside(host: string, network: string, prefix: number): boolean {
  const family = isIP(network);
  if (isIP(host) === 0 || family !== isIP(host) || prefix > (family === 6 ? 128 : 32)) return false;
  const version = family === 6 ? 'ipv6' : 'ipv4';
  const list = new BlockList();
  list.addSubnet(network, prefix, version);
  return list.check(host, version);
}

function isThisMachine(host: string): boolean {
  return host === 'localhost' || host.endsWith('.localhost') || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host);
}

/** Without the brackets of an IPv6 literal and the dot of a full name. */
function bare(host: string): string {
  return host
    .toLowerCase()
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/(.)\.$/, '$1');
}
