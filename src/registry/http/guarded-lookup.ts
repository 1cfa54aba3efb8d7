import { type LookupAddress, lookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { FaultError } from '../../kit/errors.ts';
import { type AddressRange, classifyAddress } from './address-range.ts';

export interface AddressRules {
  /** Hosts of the configuration: an operator named them, so they are dialled wherever they resolve to. */
  readonly configuredHosts: ReadonlySet<string>;
  /** Whether other hosts (redirects) may be at private addresses; asked only when one is. */
  readonly allowPrivate: () => Promise<boolean>;
  /** How names are resolved; for tests of rebinding. Default: the system's resolver. */
  readonly resolve?: (hostname: string) => Promise<readonly LookupAddress[]>;
}

/**
 * Checks a host that is a literal address, as such a host is never looked up.
 * @throws {FaultError} `REGISTRY_REDIRECT_REFUSED` if it must not be dialled
 */
export async function assertDiallable(url: URL, rules: AddressRules): Promise<void> {
  const hostname = bareHost(url.hostname);
  if (rules.configuredHosts.has(hostname) || isIP(hostname) === 0) return;
  if (!(await areAllowed([hostname], rules))) throw refusal(hostname);
}

/**
 * A `connect.lookup` that hands out checked addresses only, so that what was checked is what is connected to: a name
 * that answers differently the second time (DNS rebinding) gains nothing. One bad address refuses the whole name.
 */
export function createGuardedLookup(rules: AddressRules): LookupFunction {
  return (hostname, options, callback) => {
    usableAddresses(bareHost(hostname), rules).then(
      (addresses) => {
        const [first] = addresses;
        if (first === undefined) callback(refusal(hostname), '');
        else if (options.all) callback(null, [...addresses]);
        else callback(null, first.address, first.family);
      },
      (error) => callback(error, ''),
    );
  };
}

async function usableAddresses(hostname: string, rules: AddressRules): Promise<readonly LookupAddress[]> {
  const addresses = await (rules.resolve ?? resolveHost)(hostname);
  if (rules.configuredHosts.has(hostname)) return addresses;
  const all = addresses.map(({ address }) => address);
  return (await areAllowed(all, rules)) ? addresses : [];
}

/** Whether all of these addresses may be dialled. */
export async function areAllowed(addresses: readonly string[], rules: AddressRules): Promise<boolean> {
  const ranges = addresses.map(classifyAddress);
  if (ranges.includes('forbidden')) return false;
  return !ranges.includes('private') || (await rules.allowPrivate());
}

/** Whether hosts of this range may be reached. */
export async function isRangeAllowed(range: AddressRange, rules: AddressRules): Promise<boolean> {
  return range === 'public' || (range === 'private' && (await rules.allowPrivate()));
}

/** The host without the brackets of an IPv6 literal. */
export function bareHost(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, '').toLowerCase();
}

/** All addresses the system's resolver has for a name. */
export function resolveHost(hostname: string): Promise<readonly LookupAddress[]> {
  return new Promise((resolve, reject) => {
    lookup(hostname, { all: true }, (error, addresses) => (error ? reject(error) : resolve(addresses)));
  });
}

/** A host that must not be reached, as a fault. */
export function refusal(hostname: string): FaultError {
  return new FaultError('REGISTRY_REDIRECT_REFUSED', `${hostname} is at an address that is not public`, {
    retryable: false,
    hint: 'If this registry rightly sends clients to private addresses, set `privateRedirects: true` for it.',
  });
}
