import { describeAnnounced, type Lead } from './lead.ts';

// A manifest that carries one bundle takes one to two KiB; a cosign one holds its certificates and takes up to 64.
const PLAUSIBLE_BYTES = 64 * 1024;

/**
 * Puts leads in the order in which they are followed. Kinds and places take turns, and of each the newest and the oldest
 * do: whoever may push can add thousands on either side of what counts, but an honest signature is first or last of its
 * kind. Sizes and times are claims as well, so they decide nothing but the order.
 */
export function orderLeads(leads: readonly Lead[]): readonly Lead[] {
  const groups = Map.groupBy(leads, groupOf);
  return takeTurns([...groups.values()].map(fromBothEnds));
}

function groupOf({ repository = '', place, announced }: Lead): string {
  return `${repository} ${place} ${describeAnnounced(announced)}`;
}

function fromBothEnds(group: readonly Lead[]): readonly Lead[] {
  const times = new Map(group.map((lead) => [lead, created(lead)]));
  // What is equal stays as it is listed.
  const sorted = group.toSorted((a, b) => (times.get(b) ?? 0) - (times.get(a) ?? 0));
  return [...alternate(sorted.filter(isPlausible)), ...alternate(sorted.filter((lead) => !isPlausible(lead)))];
}

function alternate(sorted: readonly Lead[]): readonly Lead[] {
  const half = Math.ceil(sorted.length / 2);
  return takeTurns([sorted.slice(0, half), sorted.slice(half).toReversed()]);
}

function takeTurns(groups: readonly (readonly Lead[])[]): readonly Lead[] {
  const turns: Lead[] = [];
  // Thousands of kinds beside one of thousands: who has had all turns is not asked again.
  let open = groups;
  for (let turn = 0; open.length > 0; turn++) {
    open = open.filter(({ length }) => length > turn);
    for (const group of open) {
      const lead = group[turn];
      if (lead !== undefined) turns.push(lead);
    }
  }
  return turns;
}

// Blobs may be large, and bills of materials are; a manifest that names one has no reason to be.
function isPlausible(lead: Lead): boolean {
  return lead.kind !== 'manifest' || lead.descriptor.size <= PLAUSIBLE_BYTES;
}

function created(lead: Lead): number {
  if (lead.kind !== 'manifest') return 0;
  const time = Date.parse(lead.descriptor.annotations?.['org.opencontainers.image.created'] ?? '');
  return Number.isNaN(time) ? 0 : time;
}
