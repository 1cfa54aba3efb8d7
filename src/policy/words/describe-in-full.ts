import type { EvidenceTried } from '../../domain/verdict.ts';

/** The sentence about a piece of evidence, with what was expected of it and found where the sentence leaves that out. */
export function describeInFull({ message, expected, found }: Omit<EvidenceTried, 'evidence'>): string {
  const left = (label: string, text: string | undefined): readonly string[] =>
    text === undefined || message.includes(text) ? [] : [`${label}: ${text}`];
  const details = [...left('expected', expected), ...left('found', found)];
  return details.length === 0 ? message : `${message.replace(/\.$/, '')} (${details.join('; ')}).`;
}
