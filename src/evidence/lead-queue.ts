import type { EvidenceAnnouncement } from '../domain/evidence.ts';
import type { Lead } from './lead.ts';
import { orderLeads } from './order-leads.ts';

/**
 * How soon a lead is followed: what is asked for, or does not say what it is, before what says that it is something
 * else; and of each, what is large after the rest, so that it cannot use up their bytes.
 */
export type LeadRank = (typeof RANKS)[number];

const RANKS = ['asked', 'asked-large', 'other', 'other-large'] as const;

/** Far more than any signature takes, and than provenance; bills of materials of large images take more. */
export const LARGE_BYTES = 1024 * 1024;

/** The leads of one look that have not been followed yet. */
export interface LeadQueue {
  add(leads: readonly Lead[]): void;
  /** Takes the next of a rank, or of those before it. */
  take(rank: LeadRank, count: number): readonly Lead[];
  /** All that are left up to a rank, in their order. */
  left(rank: LeadRank): readonly Lead[];
  /** Whether a lead is of a rank, or of those before it. */
  isDue(lead: Lead, rank: LeadRank): boolean;
}

export function createLeadQueue(isAskedFor: (announced: EvidenceAnnouncement) => boolean): LeadQueue {
  const byRank = new Map<LeadRank, readonly Lead[]>();
  const of = (rank: LeadRank): readonly Lead[] => byRank.get(rank) ?? [];
  function rankOf(lead: Lead): LeadRank {
    const isLarge = lead.kind !== 'manifest' && lead.size > LARGE_BYTES;
    const isAsked = lead.announced === undefined || isAskedFor(lead.announced);
    if (isAsked) return isLarge ? 'asked-large' : 'asked';
    return isLarge ? 'other-large' : 'other';
  }
  return {
    add(leads) {
      for (const [rank, more] of Map.groupBy(leads, rankOf)) byRank.set(rank, orderLeads([...of(rank), ...more]));
    },
    take(rank, count) {
      const next = upTo(rank).find((each) => of(each).length > 0) ?? rank;
      const all = of(next);
      byRank.set(next, all.slice(count));
      return all.slice(0, count);
    },
    left: (rank) => upTo(rank).flatMap(of),
    isDue: (lead, rank) => upTo(rank).includes(rankOf(lead)),
  };
}

function upTo(rank: LeadRank): readonly LeadRank[] {
  return RANKS.slice(0, RANKS.indexOf(rank) + 1);
}
