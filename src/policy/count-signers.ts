/** Someone who signed, and which entries of the requirement's list (by index) allow them. */
export interface CountedSigner {
  readonly id: string;
  readonly rules: readonly number[];
}

/**
 * How many different signers of the list have signed: the largest number of pairs of one signer and one entry in
 * which no signer and no entry appears twice (maximum bipartite matching, by augmenting paths). So one signer whom two
 * patterns match counts once, and so do two signers whom only one pattern matches.
 */
export function countSigners(signers: readonly CountedSigner[]): number {
  const byId = new Map<string, Set<number>>();
  for (const { id, rules } of signers) {
    const known = byId.get(id) ?? new Set();
    for (const rule of rules) known.add(rule);
    byId.set(id, known);
  }
  const takenBy = new Map<number, string>();
  let count = 0;
  for (const id of byId.keys()) if (findRule(id, { byId, takenBy, seen: new Set() })) count++;
  return count;
}

interface Matching {
  readonly byId: ReadonlyMap<string, ReadonlySet<number>>;
  readonly takenBy: Map<number, string>;
  readonly seen: Set<number>;
}

function findRule(id: string, matching: Matching): boolean {
  for (const rule of matching.byId.get(id) ?? []) {
    if (matching.seen.has(rule)) continue;
    matching.seen.add(rule);
    const holder = matching.takenBy.get(rule);
    if (holder !== undefined && !findRule(holder, matching)) continue;
    matching.takenBy.set(rule, id);
    return true;
  }
  return false;
}
