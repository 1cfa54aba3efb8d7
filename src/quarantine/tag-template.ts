import type { Digest } from '../domain/digest.ts';
import { explainBadTagTemplate, fillTagTemplate, wholeTemplate } from '../domain/tag-template.ts';
import { InvalidInputError } from '../kit/errors.ts';

/**
 * The name of our tag for a digest, from the template of the configuration, never from an event.
 * @throws {InvalidInputError} `CONFIG_INVALID` for a template that {@link explainBadTagTemplate} faults.
 */
export function markTag(template: string, digest: Digest): string {
  const fault = explainBadTagTemplate(template);
  if (fault !== undefined) throw new InvalidInputError('CONFIG_INVALID', fault);
  return fillTagTemplate(template, digest);
}

/**
 * Every name of ours that may be on an image: as its write was planned (maybe by an earlier template), as the template
 * says now, and with the whole digest, which comes last.
 * @throws {InvalidInputError} `CONFIG_INVALID` as {@link markTag}.
 */
export function markNames(template: string, digest: Digest, planned?: string): readonly string[] {
  const whole = markTag(wholeTemplate(template), digest);
  const shorter = [...(planned === undefined ? [] : [planned]), markTag(template, digest)];
  return [...new Set(shorter.filter((name) => name !== whole)), whole];
}
