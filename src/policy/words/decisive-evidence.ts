import type { Digest } from '../../domain/digest.ts';
import type { EvidenceTried, Verdict } from '../../domain/verdict.ts';

/** So many pieces alike are kept as examples: they explain as much as a thousand. */
const EXAMPLES = 3;

/**
 * Which pieces of evidence a verdict that is no pass turns on, so that the others need not be judged again with those
 * that are found later: of each requirement, what counts by each signer, and examples of why the rest does not. What did
 * not count for a requirement never will in the same look.
 */
export function decisiveEvidence({ requirements }: Pick<Verdict, 'requirements'>): ReadonlySet<Digest> {
  const telling = new Set<Digest>();
  for (const { evidence } of requirements) {
    for (const alike of Map.groupBy(evidence, whatItTells).values()) {
      for (const { evidence: ref } of alike.slice(0, EXAMPLES)) telling.add(ref.digest);
    }
  }
  return telling;
}

function whatItTells({ counted, code, found }: EvidenceTried): string {
  return counted ? `counts ${found}` : code;
}
