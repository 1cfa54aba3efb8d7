import type { Finding } from '../../domain/finding.ts';
import { shortText } from '../../kit/short-text.ts';
import { groupByEvidence } from '../judge/evidence-items.ts';
import type { ImageSample } from './image-sample.ts';

/** Further reasons are mostly repetitions of these. */
const MAX_TOLD = 3;

/** What lies beside an image and did not verify, a sentence each; and that there is nothing, where that is so. */
export function describeUnverified({ name, findings, platforms = [] }: ImageSample): readonly string[] {
  const items = groupByEvidence(findings);
  if (items.length === 0 && platforms.some((one) => one.findings.length > 0))
    return platforms.flatMap(describeUnverified);
  if (items.length === 0) return [`${shortText(name)} has nothing signed that could be asked for.`];
  const open = items.filter(({ verified }) => verified.length === 0).map((item) => reasonOf(item.findings));
  const reasons = [...new Set(open)];
  const told = reasons.slice(0, MAX_TOLD).map((reason) => `${shortText(name)}: ${reason}`);
  return reasons.length > MAX_TOLD ? [...told, `${shortText(name)}: ${reasons.length - MAX_TOLD} more reasons.`] : told;
}

// "Made for another key or trust root" explains less than what is wrong with the evidence, so it is told only if there
// is no other reason.
function reasonOf(findings: readonly Finding[]): string {
  const nearest = findings.find(({ code }) => code !== 'MATERIAL_MISMATCH');
  if (nearest !== undefined) return `a piece of evidence does not verify (${nearest.code}): ${nearest.message}`;
  return 'a piece of evidence is signed with a key that was not given: name its public key with --key FILE.';
}
