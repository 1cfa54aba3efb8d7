import type { RecordedHidden } from '../domain/evidence.ts';
import { shortText } from '../kit/short-text.ts';

/** More of them are counted: a message is read by people. */
const MAX_TOLD = 5;

/** Says which tags and lists of evidence no longer lead to what proved an image, and by whom. Pure. */
export function describeHidden(image: string, hidden: readonly RecordedHidden[]): string {
  const told = hidden.slice(0, MAX_TOLD).map((one) => tellOne(image, one));
  const more = hidden.length - told.length;
  return [
    ...told,
    ...(more > 0 ? [`So do ${more} more.`] : []),
    'What is on record is still there and still proves it, so it passes.',
  ].join(' ');
}

function tellOne(image: string, { about, tag, now, repository, by }: RecordedHidden): string {
  const where = repository === undefined ? '' : ` in ${shortText(repository)}`;
  const whose = about === image ? 'this image' : `the image ${about} in it`;
  if (tag === undefined) return `The list of what refers to ${whose}${where} no longer leads to what proved it.`;
  const what = now === null || now === undefined ? 'is gone' : `was overwritten and now leads to ${now}`;
  const who = by === null ? '' : `, by ${shortText(by)} as the registry's event says`;
  return `The tag ${shortText(tag)}${where}, which held what proved ${whose}, ${what}${who}.`;
}
