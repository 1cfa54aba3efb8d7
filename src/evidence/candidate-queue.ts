import type { EvidenceAnnouncement } from '../domain/evidence.ts';
import type { Candidate } from './candidate.ts';
import { orderCandidates } from './order-candidates.ts';

/**
 * The order in which candidates are read. Evidence of a kind that policies ask for, or that does not say what it is,
 * comes before evidence that says it is something else; within each, large pieces come last, so that they cannot use up
 * the bytes of the others.
 */
export type CandidateRank = (typeof RANKS)[number];

const RANKS = ['asked', 'asked-large', 'other', 'other-large'] as const;

/** No signature and no provenance is nearly as large; bills of materials of large images are larger. */
export const LARGE_BYTES = 1024 * 1024;

/** The candidates of one look that have not been read yet. */
export interface CandidateQueue {
  add(candidates: readonly Candidate[]): void;
  /** Takes out the next candidates of a rank or of a rank before it. */
  take(rank: CandidateRank, count: number): readonly Candidate[];
  /** All candidates that are left up to a rank, in their order. */
  left(rank: CandidateRank): readonly Candidate[];
  /** Whether a candidate is of a rank, or of those before it. */
  isDue(candidate: Candidate, rank: CandidateRank): boolean;
}

export function createCandidateQueue(isAskedFor: (announced: EvidenceAnnouncement) => boolean): CandidateQueue {
  const byRank = new Map<CandidateRank, readonly Candidate[]>();
  const of = (rank: CandidateRank): readonly Candidate[] => byRank.get(rank) ?? [];
  function rankOf(candidate: Candidate): CandidateRank {
    const isLarge = candidate.kind !== 'manifest' && candidate.size > LARGE_BYTES;
    const isAsked = candidate.announced === undefined || isAskedFor(candidate.announced);
    if (isAsked) return isLarge ? 'asked-large' : 'asked';
    return isLarge ? 'other-large' : 'other';
  }
  return {
    add(candidates) {
      for (const [rank, more] of Map.groupBy(candidates, rankOf))
        byRank.set(rank, orderCandidates([...of(rank), ...more]));
    },
    take(rank, count) {
      const next = upTo(rank).find((each) => of(each).length > 0) ?? rank;
      const all = of(next);
      byRank.set(next, all.slice(count));
      return all.slice(0, count);
    },
    left: (rank) => upTo(rank).flatMap(of),
    isDue: (candidate, rank) => upTo(rank).includes(rankOf(candidate)),
  };
}

function upTo(rank: CandidateRank): readonly CandidateRank[] {
  return RANKS.slice(0, RANKS.indexOf(rank) + 1);
}
