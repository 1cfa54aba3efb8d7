import { isIP } from 'node:net';

/**
 * Whether a host is this machine or on its own network: loopback, a private address, or a name without a dot (which
 * only a local resolver knows, such as another container's).
 */
export function isNearby(hostname: string): boolean {
  const bare = hostname.replace(/^\[(.*)\]$/, '$1');
  if (isIP(bare) === 6) return bare === '::1' || /^f[cd]/i.test(bare);
  if (isIP(bare) === 4) return /^(?:127\.|10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.)/.test(bare);
  return !bare.includes('.') || bare.endsWith('.localhost');
}
