import { KILLED } from './chaos-process.ts';
import type { Happening, History } from './history.ts';
import type { Sent } from './sent-messages.ts';

/** What a history calls an answer of Slack's that was thrown away. */
export const REPLY_LOST = 'a reply of Slack is lost';
/** Between the arrival of a message and its being on record, on a machine with much else to do. */
const RECORDED_WITHIN_MS = 3_000;
/** Between the decision about a request and its arrival. */
const PASSED_ON_WITHIN_MS = 500;
const STORES = /PostgreSQL|disk full|Redis|FLUSHALL/;

/**
 * Why whoever sent a message could not know that it had arrived; `undefined` if nothing in the history says so. A death
 * counts if it came between the arrival and the time it takes to put that on record.
 */
export function whyRepeated({ all }: History, { at, sink }: Sent): string | undefined {
  const follows = (happening: Happening, withinMs: number): boolean =>
    happening.at >= at - PASSED_ON_WITHIN_MS && happening.at <= at + withinMs;
  if (sink === 'slack' && all.some((each) => each.what === REPLY_LOST && follows(each, PASSED_ON_WITHIN_MS)))
    return 'its reply was lost';
  const death = all.find(
    (each) => each.what === KILLED && /act|daemon/.test(each.detail ?? '') && follows(each, RECORDED_WITHIN_MS),
  );
  if (death !== undefined) {
    const fault = faultAt(all, death.at);
    return fault?.includes(' while ')
      ? 'its sender was killed at that very moment, on purpose'
      : 'its sender was killed';
  }
  const store = [at, at + RECORDED_WITHIN_MS].map((time) => faultAt(all, time)).find((name) => STORES.test(name ?? ''));
  return store === undefined ? undefined : `it could not be put on record: ${store}`;
}

/** The fault that was under way then, the last that had begun. */
function faultAt(all: readonly Happening[], time: number): string | undefined {
  const begun = all.filter(({ what, at }) => what.startsWith('fault begins: ') && at <= time).at(-1);
  const name = begun?.what.slice('fault begins: '.length);
  const hasEnded = all.some(
    ({ what, at }) => what === `fault ends: ${name}` && at >= (begun?.at ?? 0) && at < time - RECORDED_WITHIN_MS,
  );
  return hasEnded ? undefined : name;
}
