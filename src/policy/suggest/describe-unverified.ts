import type { Finding } from '../../domain/finding.ts';
import { shortText } from '../../kit/short-text.ts';
import { groupByEvidence } from '../judge/evidence-items.ts';
import type { ImageSample } from './image-sample.ts';

/** More reasons than these are the same few again. */
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

// That a piece is not for a material at all says less than what is wrong with it.
function reasonOf(findings: readonly Finding[]): string {
  const nearest = findings.find(({ code }) => code !== 'MATERIAL_MISMATCH');
  if (nearest !== undefined) return `a piece of evidence does not verify (${nearest.code}): ${nearest.message}`;
  return 'a piece of evidence is signed with a key that was not given: name its public key with --key FILE.';
}
