import { imageHost } from './registry-name.ts';

/**
 * A host with its port in the one form in which names are compared: lower case, without the dot that ends a full name
 * and without a port that is the default of HTTPS or HTTP; Docker Hub by the one of its names that images have.
 */
export function normalHost(host: string): string {
  const [, name = host, port = ''] = /^(.*?)(:\d+)?$/.exec(host.toLowerCase()) ?? [];
  return imageHost(`${name.replace(/\.$/, '')}${DEFAULT_PORTS.includes(port) ? '' : port}`);
}

const DEFAULT_PORTS: readonly string[] = [':443', ':80'];
