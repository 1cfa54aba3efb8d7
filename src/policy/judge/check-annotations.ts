import type { TextMatch } from '../../domain/policy.ts';
import type { Json, JsonObject } from '../../kit/json.ts';
import { shortText } from '../../kit/short-text.ts';
import type { Mismatch } from '../words/mismatch.ts';
import { matchesText, writtenText } from './match-text.ts';

/**
 * Holds what a signer noted about an image (`cosign sign -a NAME=VALUE`) against what is asked for. Only text counts: an
 * absent annotation, or one of another type, matches nothing, not even `.*`.
 */
export function checkAnnotations(
  wanted: Readonly<Record<string, TextMatch>> | undefined,
  noted: JsonObject | undefined,
): Mismatch | undefined {
  for (const [name, match] of Object.entries(wanted ?? {})) {
    const value = noted !== undefined && Object.hasOwn(noted, name) ? noted[name] : undefined;
    if (typeof value === 'string' && matchesText(match, value)) continue;
    const expected = describeAnnotation(name, match);
    const shown = shortText(name);
    const [found, how] =
      value === undefined
        ? [`no annotation ${shown}`, `without the annotation ${shown}`]
        : [`${shown} = ${shortText(textOf(value))}`, `with ${shown} = ${shortText(textOf(value))}`];
    const message = `It is signed ${how}; the policy wants ${expected}.`;
    return { code: 'ANNOTATION_MISMATCH', message, expected, found };
  }
  return undefined;
}

/** An annotation as the policy wants it: "stage = prod". */
export function describeAnnotation(name: string, match: TextMatch): string {
  return `${shortText(name)} = ${shortText(writtenText(match))}`;
}

function textOf(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
