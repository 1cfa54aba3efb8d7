import type { PolicySet } from '../../domain/policy.ts';
import type { Verdict } from '../../domain/verdict.ts';
import { shortText } from '../../kit/short-text.ts';

/** The verdict on an image that no policy covers: what the configuration's `noMatch` says. */
export function judgeUncovered(image: string, noMatch: PolicySet['noMatch']): Verdict {
  const base = { code: 'NO_POLICY', policies: [], requirements: [], graceMs: 0 } as const;
  const name = shortText(image);
  if (noMatch === 'ignore') {
    const reason = `No policy covers ${name}, and images without a policy are let be (noMatch: ignore).`;
    return { ...base, outcome: 'pass', reason, onFailure: 'alert' };
  }
  const reason = `No policy covers ${name}, so nothing says what it must prove.`;
  return { ...base, outcome: 'fail-missing', reason, onFailure: noMatch === 'fail' ? 'quarantine' : 'alert' };
}
