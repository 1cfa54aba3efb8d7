import type { Checking, VerifiedTime } from './checking.ts';
import { malformed, Refusal } from './refusal.ts';
import { type VerifiedEntry, verifyLogEntry } from './verify-log-entry.ts';
import { verifyTimestamp } from './verify-timestamp.ts';

/** What independent parties vouch for: that a signature is on record, and when it was there. */
export interface Proofs {
  /** Logs that hold the signature's entry, each once. */
  readonly logs: ReadonlySet<string>;
  /** Every verified time, oldest first; several may be of one authority. */
  readonly times: readonly VerifiedTime[];
  /** Why some entries and timestamps did not count. They take nothing from what the others prove. */
  readonly entryRefusals: readonly Refusal[];
  readonly timestampRefusals: readonly Refusal[];
}

export const NO_PROOFS: Proofs = { logs: new Set(), times: [], entryRefusals: [], timestampRefusals: [] };

/** Verifies every log entry and timestamp of a piece of evidence by itself. Never throws. */
export function collectProofs(checking: Checking): Proofs {
  const entries = attemptEach(checking.evidence.entries, (entry) => verifyLogEntry(checking, entry), 'its log entry');
  const tokens = attemptEach(checking.evidence.tokens, (token) => verifyTimestamp(checking, token), 'its timestamp');
  const promised = entries.held.flatMap(({ log, time }) => (time === undefined ? [] : [{ time, authority: log }]));
  const times = [...promised, ...tokens.held].sort((a, b) => a.time.getTime() - b.time.getTime());
  const logs = new Set<string>();
  const retired: Refusal[] = [];
  for (const entry of entries.held) {
    if (isInUse(entry, times, checking.now)) logs.add(entry.log);
    else retired.push(outOfUse(times.length));
  }
  return {
    logs,
    times,
    entryRefusals: [...entries.refusals, ...retired],
    timestampRefusals: tokens.refusals,
  };
}

/** How many different authorities vouch for a time. */
export function countAuthorities(times: readonly VerifiedTime[]): number {
  return new Set(times.map(({ authority }) => authority)).size;
}

// An inclusion proof does not say when the entry was made, so a retired log whose key leaked could prove anything.
// Therefore a verified time must lie in the period in which the log was in use; without any verified time, the current
// time must.
function isInUse(entry: VerifiedEntry, times: readonly VerifiedTime[], now: Date): boolean {
  if (entry.time !== undefined) return true;
  const moments = times.length === 0 ? [now] : times.map(({ time }) => time);
  return entry.windows.some(({ start, end }) => moments.some((moment) => start <= moment && moment <= end));
}

function outOfUse(times: number): Refusal {
  const why = 'The signature is recorded in a log that was not in use when the signature was made.';
  return new Refusal('LOG_PROOF_INVALID', why, {
    expected: 'a verified time within the time the trust root lists the log for',
    found: times === 0 ? 'no verified time, and the log is not in use now' : 'only times outside of it',
  });
}

interface Attempts<R> {
  readonly held: readonly R[];
  readonly refusals: readonly Refusal[];
}

function attemptEach<T, R>(items: readonly T[], attempt: (item: T) => R, what: string): Attempts<R> {
  const held: R[] = [];
  const refusals: Refusal[] = [];
  for (const item of items) {
    try {
      held.push(attempt(item));
    } catch (error) {
      refusals.push(error instanceof Refusal ? error : malformed(`${what} is broken`, { cause: error }));
    }
  }
  return { held, refusals };
}
