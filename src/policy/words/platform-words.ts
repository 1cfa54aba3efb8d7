import type { Digest } from '../../domain/digest.ts';
import type { RequirementResult, Verdict } from '../../domain/verdict.ts';
import { shortText } from '../../kit/short-text.ts';

/** Said where a builder's statements lie in an index and nobody has signed them. */
export const BUILDER_UNSIGNED =
  'Its builder has put provenance beside the images in the index (attestation manifests of BuildKit), but nobody has signed it: unsigned provenance proves nothing.';

/** Where the proof lies, if the policy looks at the index and an image in it has it. */
export function provedByImage(name: string): string {
  return `The image for ${name} in it has this proof, but the policy looks at the index: write "platforms: any-level" or "each" for this requirement, or sign the index too.`;
}

/** Which image in an index did not prove it in the place of the index. */
export function notProvedBy(name: string, { reason }: Verdict): string {
  return `Nor do all images in it prove it; for ${name}: ${reason}`;
}

/** Why signed statements of a builder do not suffice. */
export function builderDoesNotProve(name: string, { reason }: Verdict): string {
  return `What its builder put beside the image for ${name} in the index (attestation manifests of BuildKit) is signed, but does not suffice: ${reason}`;
}

/** Why a push counts as an image although it may have been meant as something else. */
export function takenForImage(part: Digest): string {
  return `It names ${part}, which the registry does not have, or not in this size; so nobody can tell that nothing runs it, and it counts as an image.`;
}

/** Adds a sentence to what a verdict says, and to what was found for each requirement that it leaves open. */
export function addNote(verdict: Verdict, note: string): Verdict {
  const told = (result: RequirementResult): RequirementResult =>
    result.satisfied ? result : { ...result, found: `${withStop(result.found)} ${shortText(note, 600)}` };
  return {
    ...verdict,
    reason: `${withStop(verdict.reason)} ${shortText(note, 600)}`,
    requirements: verdict.requirements.map(told),
  };
}

/** The verdict on an image of an index, where the index proves for itself what the image is asked for. */
export function noteIndex(verdict: Verdict, index: Verdict): Verdict {
  const open = verdict.requirements.filter(({ satisfied }) => !satisfied);
  const isProved = open.some(({ policy }) => index.requirements.some((own) => own.policy === policy && own.satisfied));
  if (!isProved) return verdict;
  return addNote(
    verdict,
    'The index has this proof, but the policy asks each image in it for its own (platforms: each).',
  );
}

/** The pass of an index that the images in it have proved in its place. */
export function provedByPlatforms(own: Verdict, proved: readonly Verdict[]): Verdict {
  return {
    ...own,
    outcome: 'pass',
    code: 'PROVED_BY_PLATFORMS',
    reason: 'Every image in this index proves what the index does not prove for itself.',
    requirements: [
      ...own.requirements.filter(({ satisfied }) => satisfied),
      ...proved.flatMap(({ requirements }) => requirements),
    ],
    graceMs: 0,
  };
}

/** The pass of an image by its own evidence and what its builder put beside it, signed. */
export function provedByBuilder(alone: Verdict, { requirements, reason }: Verdict): Verdict {
  const satisfied = alone.requirements.filter((result) => result.satisfied);
  return {
    ...alone,
    outcome: 'pass',
    code: 'SATISFIED',
    reason,
    requirements: [...satisfied, ...requirements],
    graceMs: 0,
  };
}

function withStop(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
