import { BlockList, isIP } from 'node:net';

/**
 * What an address is good for: `public`; `private` (loopback, RFC 1918, ULA, CGNAT: only for a registry that is itself
 * private); `forbidden` (link-local with the clouds' metadata services, multicast, reserved: never by a redirect).
 */
export type AddressRange = 'public' | 'private' | 'forbidden';

// https://www.iana.org/assignments/iana-ipv4-special-registry and …-ipv6-special-registry
const PRIVATE: readonly [string, number][] = [
  ['127.0.0.0', 8],
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['100.64.0.0', 10],
  ['::1', 128],
  ['fc00::', 7],
];
const FORBIDDEN: readonly [string, number][] = [
  ['0.0.0.0', 8],
  ['169.254.0.0', 16],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
  ['100.100.100.200', 32],
  ['168.63.129.16', 32],
  ['::', 128],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
  ['100::', 64],
  ['2001:db8::', 32],
  ['fd00:ec2::254', 128],
  // An IPv4 address in disguise: IPv4-compatible, NAT64, 6to4, Teredo. Nobody serves a registry there.
  ['::', 96],
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['2002::', 16],
  ['2001::', 32],
];

/** The range of an IP address; text that is no address is `forbidden`. IPv4-mapped IPv6 counts as the IPv4 it is. */
export function classifyAddress(address: string): AddressRange {
  const bare = address.replace(/^\[|\]$/g, '').replace(/%.*$/, '');
  const family = isIP(bare);
  if (family === 0) return 'forbidden';
  const version = family === 6 ? 'ipv6' : 'ipv4';
  if (version === 'ipv6' && listOf([['::1', 128]]).check(bare, version)) return 'private';
  if (listOf(FORBIDDEN).check(bare, version)) return 'forbidden';
  return listOf(PRIVATE).check(bare, version) ? 'private' : 'public';
}

/** Node's list compares IPv4-mapped addresses with the IPv4 rules by itself. */
function listOf(ranges: readonly [string, number][]): BlockList {
  const list = new BlockList();
  for (const [network, prefix] of ranges) list.addSubnet(network, prefix, isIP(network) === 6 ? 'ipv6' : 'ipv4');
  return list;
}
