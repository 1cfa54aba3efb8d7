/** What stops Lazaret itself, and with it all registries at once. Nobody who pushes can bring these about. */
const OF_LAZARET: ReadonlySet<string> = new Set([
  'TRUST_ROOT_UNAVAILABLE',
  'TRUST_ROOT_STALE',
  'CLOCK_UNTRUSTED',
  'VERIFIER_UNAVAILABLE',
]);

/** What keeps an image from being judged, as people are told of it. */
export interface TroubleClass {
  /** One message an hour is sent for each. */
  readonly name: string;
  /** Whether it is one registry's, so that news of other images of it is told sooner. */
  readonly isOfRegistry: boolean;
}

/**
 * Names the class of what keeps an image from being judged: its registry and the fault, or the fault alone where it is
 * Lazaret's own (a trust root that is out of date, a clock that is wrong). Pure.
 */
export function classOfTrouble(registryId: string, code: string): TroubleClass {
  const isOfRegistry = !OF_LAZARET.has(code);
  return { name: isOfRegistry ? `${registryId} ${code}` : code, isOfRegistry };
}
