import { shortText } from '../../kit/short-text.ts';
import { Refusal } from './refusal.ts';

/** The evidence is in order, and about something else than the image at hand. */
export function aboutAnother(expected: string, found: string): Refusal {
  return new Refusal('SUBJECT_MISMATCH', 'The evidence is about another image.', {
    expected: shortText(expected),
    found: shortText(found),
  });
}
