import type { TrustThresholds } from '../../domain/trust-root.ts';
import { countAuthorities, type Proofs } from './collect-proofs.ts';
import { Refusal } from './refusal.ts';

/**
 * Refuses evidence that fewer logs or times vouch for than asked. If a proof was there and did not hold, its refusal is
 * thrown, as that is usually the reason.
 * @throws {Refusal} of the item that failed, else `LOG_PROOF_INVALID` or `TIME_UNPROVEN`
 */
export function requireProofs(proofs: Proofs, thresholds: Pick<TrustThresholds, 'log' | 'time'>): void {
  if (proofs.logs.size < thresholds.log) throw tooFewLogs(proofs, thresholds.log);
  const authorities = countAuthorities(proofs.times);
  if (authorities < thresholds.time) throw tooFewTimes(proofs, thresholds.time, authorities);
}

function tooFewLogs({ logs, entryRefusals: [first] }: Proofs, wanted: number): Refusal {
  if (first !== undefined) return first;
  const message =
    wanted === 1
      ? 'The signature is not recorded in a public log of signatures, as it must be.'
      : 'The signature is not recorded in as many public logs of signatures as it must be.';
  return new Refusal('LOG_PROOF_INVALID', message, {
    expected:
      wanted === 1
        ? 'an entry in a transparency log of the trust root'
        : `entries in ${wanted} different transparency logs`,
    found: logs.size === 0 ? 'none' : String(logs.size),
  });
}

function tooFewTimes(proofs: Proofs, wanted: number, authorities: number): Refusal {
  const [first] = [...proofs.timestampRefusals, ...proofs.entryRefusals];
  if (first !== undefined) return first;
  const expected =
    wanted === 1 ? 'a time that a log or a timestamp authority signed' : `times of ${wanted} authorities`;
  // Rekor v2 proves that something is on record, never since when.
  const needsTimestamp = authorities === 0 && proofs.logs.size > 0;
  const found = needsTimestamp ? 'a log entry that carries no time: it needs a timestamp besides' : `${authorities}`;
  return new Refusal('TIME_UNPROVEN', 'Nothing proves when the signature was made.', {
    expected,
    found: authorities === 0 && !needsTimestamp ? 'none' : found,
  });
}
