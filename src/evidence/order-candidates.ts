import { type Candidate, describeAnnounced } from './candidate.ts';

// A manifest that carries one bundle takes one to two KiB; a cosign one holds its certificates and takes up to 64.
const PLAUSIBLE_BYTES = 64 * 1024;

/**
 * Puts candidates in the order in which they are read. Kinds and places take turns, and of each the newest and the oldest
 * do: whoever may push can add thousands on either side of what counts, but an honest signature is first or last of its
 * kind. Sizes and times are claims as well, so they decide nothing but the order.
 */
export function orderCandidates(candidates: readonly Candidate[]): readonly Candidate[] {
  const groups = Map.groupBy(candidates, groupOf);
  return takeTurns([...groups.values()].map(fromBothEnds));
}

function groupOf({ repository = '', place, announced }: Candidate): string {
  return `${repository} ${place} ${describeAnnounced(announced)}`;
}

function fromBothEnds(group: readonly Candidate[]): readonly Candidate[] {
  const times = new Map(group.map((candidate) => [candidate, created(candidate)]));
  // Entries with equal times keep the order of the list.
  const sorted = group.toSorted((a, b) => (times.get(b) ?? 0) - (times.get(a) ?? 0));
  return [
    ...alternate(sorted.filter(isPlausible)),
    ...alternate(sorted.filter((candidate) => !isPlausible(candidate))),
  ];
}

function alternate(sorted: readonly Candidate[]): readonly Candidate[] {
  const half = Math.ceil(sorted.length / 2);
  return takeTurns([sorted.slice(0, half), sorted.slice(half).toReversed()]);
}

function takeTurns(groups: readonly (readonly Candidate[])[]): readonly Candidate[] {
  const turns: Candidate[] = [];
  // A group that has had all its turns is left out, as there may be thousands of groups, and thousands in one group.
  let open = groups;
  for (let turn = 0; open.length > 0; turn++) {
    open = open.filter(({ length }) => length > turn);
    for (const group of open) {
      const candidate = group[turn];
      if (candidate !== undefined) turns.push(candidate);
    }
  }
  return turns;
}

// Blobs may be large, as bills of materials are, but a manifest that names one is small.
function isPlausible(candidate: Candidate): boolean {
  return candidate.kind !== 'manifest' || candidate.descriptor.size <= PLAUSIBLE_BYTES;
}

function created(candidate: Candidate): number {
  if (candidate.kind !== 'manifest') return 0;
  const time = Date.parse(candidate.descriptor.annotations?.['org.opencontainers.image.created'] ?? '');
  return Number.isNaN(time) ? 0 : time;
}
