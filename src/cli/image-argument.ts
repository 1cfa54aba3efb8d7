import { type ImageReference, parseImageReference } from '../domain/image-reference.ts';
import { InvalidInputError } from '../kit/errors.ts';

/**
 * Reads the IMAGE of a command line.
 * @throws {InvalidInputError} `REFERENCE_INVALID` that says which part is wrong.
 */
export function parseImageArgument(text: string): ImageReference {
  const image = parseImageReference(text);
  if (image !== undefined) return image;
  throw new InvalidInputError('REFERENCE_INVALID', 'the image cannot be read', [
    { where: 'IMAGE', message: `expected HOST/REPOSITORY, with :TAG or @DIGEST, got "${text}"`, hint: hintFor(text) },
  ]);
}

/** The same, with a digest. @throws {InvalidInputError} `REFERENCE_INVALID` */
export function parseImageWithDigest(
  text: string,
): ImageReference & { readonly digest: NonNullable<ImageReference['digest']> } {
  const image = parseImageArgument(text);
  const { digest } = image;
  if (digest !== undefined) return { ...image, digest };
  throw new InvalidInputError('REFERENCE_INVALID', 'the image must be named by its digest', [
    {
      where: 'IMAGE',
      message: `expected HOST/REPOSITORY@DIGEST, got "${text}"`,
      hint: 'A tag may mean another image by now; `lazaret verify` and `lazaret quarantine list` print the digest.',
    },
  ]);
}

function hintFor(text: string): string {
  if (/^[a-z]+:\/\//i.test(text)) return 'Leave out the scheme (https://).';
  const [name = '', digest] = text.split('@');
  if (digest !== undefined && !/^sha256:[0-9a-f]{64}$/.test(digest)) {
    return 'A digest is sha256: and 64 hexadecimal digits in lower case.';
  }
  // A tag may have capitals, so only what stands before it is looked at.
  if (/[A-Z]/.test(name.slice(name.indexOf('/') + 1).replace(/:[^:/]*$/, '')))
    return 'Repository names are in lower case.';
  return 'For example: registry.example.com/acme/app:v1';
}
