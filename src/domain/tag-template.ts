import { InvalidInputError } from '../kit/errors.ts';
import { type Digest, digestHex, parseDigest, shortDigest } from './digest.ts';
import { isTagName } from './image-reference.ts';

/**
 * `{digest}` is cut here: the 128 hex characters of a sha512 digest would leave no room for a word in a tag's 128. Half
 * of them are as many as a sha256 digest has, and nobody finds two digests that share so many.
 */
const MAX_HEX = 64;

const PLACEHOLDER = /\{([^{}]*)\}/g;
const DIGEST_PLACEHOLDER = /\{digest(?:12)?\}/;

/** Referrers fallback tags and cosign's tags; a mark of that shape would be read as evidence. */
const EVIDENCE_TAG = /^sha(?:256|512)-/;

const SAMPLE = parseDigest(`sha256:${'0123456789abcdef'.repeat(4)}`) as Digest;

/**
 * What is wrong with a template for our tag, as a sentence; `undefined` if nothing is. Placeholders are `{digest12}`
 * (the first 12 hex characters) and `{digest}` (all of them); one of the two must occur, because a tag name points to
 * one digest only: without it, the mark of the first bad image would move to the next. There must be room for the whole
 * digest: two images that share their first 12 characters are found in half a minute.
 */
export function explainBadTagTemplate(template: string): string | undefined {
  for (const [whole, name] of template.matchAll(PLACEHOLDER)) {
    if (name !== 'digest' && name !== 'digest12') {
      return `expected the placeholders {digest12} or {digest} in the tag template, got ${whole}`;
    }
  }
  if (!DIGEST_PLACEHOLDER.test(template)) {
    return 'expected a digest in the tag template, for example "quarantined-{digest}", or each mark would take the name from the one before';
  }
  const tag = fillTagTemplate(template, SAMPLE);
  if (!isTagName(tag)) {
    return `expected a template that makes a valid tag (letters, digits, "_", ".", "-"; at most 128), got "${tag}"`;
  }
  if (EVIDENCE_TAG.test(tag)) {
    return `expected a template that does not look like a signature's tag, got "${tag}"; for example "quarantined-{digest}"`;
  }
  if (!isTagName(fillTagTemplate(wholeTemplate(template), SAMPLE))) {
    return `expected a template with room for the whole digest, ${MAX_HEX} of the 128 characters of a tag, which it is made with where {digest12} is another image's; got "${template}"`;
  }
  return undefined;
}

/** The name a template makes for a digest; only for templates that {@link explainBadTagTemplate} does not fault. */
function fillTagTemplate(template: string, digest: Digest): string {
  return template
    .replaceAll('{digest12}', shortDigest(digest))
    .replaceAll('{digest}', digestHex(digest).slice(0, MAX_HEX));
}

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

/** The same template with the whole digest, for the names that no other image can have. */
export function wholeTemplate(template: string): string {
  return template.includes('{digest}') ? template : template.replace('{digest12}', '{digest}');
}

/** Tells whether a tag has the shape of our names, whole or as the template has them, for whatever digest. */
export function shapeOfOurs(template: string): (tag: string) => boolean {
  const shapes = [template, wholeTemplate(template)].map(shapeOf);
  return (tag) => shapes.some((shape) => shape.test(tag));
}

// Of what a template may hold beside its placeholders, only the dot means something to an expression.
function shapeOf(template: string): RegExp {
  const shape = template
    .replaceAll('.', '\\.')
    .replaceAll('{digest12}', '[0-9a-f]{12}')
    .replaceAll('{digest}', `[0-9a-f]{${MAX_HEX}}`);
  return new RegExp(`^${shape}$`);
}

/** Whether a name carries the whole digest: then it is this image's and nobody else's. */
export function isWholeName(tag: string, digest: Digest): boolean {
  return tag.includes(digestHex(digest).slice(0, MAX_HEX));
}
