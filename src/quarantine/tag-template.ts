import type { Digest } from '../domain/digest.ts';
import { explainBadTagTemplate, fillTagTemplate } from '../domain/tag-template.ts';
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
