/** Someone who signed, and which entries of the requirement's list (by index) allow them. */
export interface CountedSigner {
  /** Signers that share a name are counted as one. */
  readonly names: readonly string[];
  readonly rules: readonly number[];
}

/**
 * How many different signers of the list have signed: the largest number of pairs of one signer and one entry in
 * which no signer and no entry appears twice (maximum bipartite matching, by augmenting paths). So one signer whom two
 * patterns match counts once, and so do two signers whom only one pattern matches.
 */
export function countSigners(signers: readonly CountedSigner[]): number {
  const takenBy = new Map<number, CountedSigner>();
  let count = 0;
  for (const signer of mergeSigners(signers)) if (findRule(signer, takenBy, new Set())) count++;
  return count;
}

function mergeSigners(signers: readonly CountedSigner[]): readonly CountedSigner[] {
  let merged: readonly CountedSigner[] = [];
  for (const signer of signers) {
    const names = new Set(signer.names);
    const isSame = (other: CountedSigner): boolean => other.names.some((name) => names.has(name));
    const same = [...merged.filter(isSame), signer];
    const one = { names: [...new Set(same.flatMap((each) => each.names))], rules: same.flatMap((each) => each.rules) };
    merged = [...merged.filter((other) => !isSame(other)), one];
  }
  return merged;
}

function findRule(signer: CountedSigner, takenBy: Map<number, CountedSigner>, seen: Set<number>): boolean {
  for (const rule of signer.rules) {
    if (seen.has(rule)) continue;
    seen.add(rule);
    const holder = takenBy.get(rule);
    if (holder !== undefined && !findRule(holder, takenBy, seen)) continue;
    takenBy.set(rule, signer);
    return true;
  }
  return false;
}
