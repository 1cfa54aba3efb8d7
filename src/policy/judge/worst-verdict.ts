import type { Outcome, Verdict } from '../../domain/verdict.ts';

// The reverse of the order for one image: of several images the worst decides.
const WORST_FIRST: readonly Outcome[] = ['fail-evidence', 'fail-missing', 'indeterminate', 'rejected-input', 'pass'];

/**
 * What verdicts on an index and the images in it come to, told with the requirements of all. As among the policies of
 * one image, a verdict that may quarantine decides before those that only alert. The first is that of the index itself.
 */
export function worstVerdict([own, ...others]: readonly [Verdict, ...Verdict[]]): Verdict {
  const all = [own, ...others];
  const open = all.filter(({ outcome }) => outcome !== 'pass');
  const strict = open.filter(({ onFailure }) => onFailure === 'quarantine');
  const decisive = strict.length > 0 ? strict : open;
  const [worst = own] = decisive.toSorted((a, b) => rank(a) - rank(b));
  return {
    ...worst,
    policies: own.policies,
    requirements: all.flatMap(({ requirements }) => requirements),
    graceMs: Math.max(0, ...decisive.map(({ graceMs }) => graceMs)),
  };
}

function rank({ outcome }: Verdict): number {
  return WORST_FIRST.indexOf(outcome);
}
