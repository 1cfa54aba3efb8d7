import type { Digest } from '../../domain/digest.ts';
import type { EvidenceTried, Verdict } from '../../domain/verdict.ts';

/** Of many pieces that fail in the same way only these are kept as examples. */
const EXAMPLES = 3;

/**
 * The pieces of evidence that a verdict other than a pass depends on; the others need not be judged again when more is
 * found later in the same look. These are, for each requirement, what counts for each signer, and examples of why the
 * rest does not count. Evidence that did not count for a requirement will not count for it later in the same look.
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
