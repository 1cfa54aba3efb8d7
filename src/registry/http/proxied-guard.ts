import type { LookupAddress } from 'node:dns';
import { isIP } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import {
  type AddressRules,
  areAllowed,
  assertDiallable,
  bareHost,
  isRangeAllowed,
  refusal,
  resolveHost,
} from './guarded-lookup.ts';
import { classifyName } from './private-name.ts';

/** Where nothing is reached directly, DNS often answers nothing at all. */
const RESOLVE_MS = 1_000;
/** An answer about a name is believed for so long: each of its blobs asks. */
const KEEP_MS = 60_000;
const MAX_NAMES = 64;

/**
 * Refuses URLs that a proxy must not be asked for: addresses and names that are private, and names that lead there as far
 * as they can be looked up here. What only the proxy can resolve is left to its own rules.
 */
export function createProxiedGuard(rules: AddressRules): (url: URL) => Promise<void> {
  const known = new Map<string, { readonly addresses: Promise<readonly LookupAddress[]>; readonly until: number }>();

  function addressesOf(hostname: string): Promise<readonly LookupAddress[]> {
    const before = known.get(hostname);
    if (before !== undefined && before.until > performance.now()) return before.addresses;
    const resolved = (rules.resolve ?? resolveHost)(hostname).catch(() => []);
    const addresses = Promise.race([resolved, setTimeout(RESOLVE_MS, [], { ref: false })]);
    if (known.size >= MAX_NAMES) known.clear();
    known.set(hostname, { addresses, until: performance.now() + KEEP_MS });
    return addresses;
  }

  return async (url) => {
    await assertDiallable(url, rules);
    const hostname = bareHost(url.hostname);
    if (rules.configuredHosts.has(hostname) || isIP(hostname) !== 0) return;
    if (!(await isRangeAllowed(classifyName(hostname), rules))) throw refusal(hostname);
    const addresses = (await addressesOf(hostname)).map(({ address }) => address);
    if (!(await areAllowed(addresses, rules))) throw refusal(hostname);
  };
}
