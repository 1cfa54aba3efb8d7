import type { Digest } from '../../domain/digest.ts';
import { matchesGlob } from '../../kit/glob.ts';

/** Whether one of a policy's `images` matches this image; without a digest, whether it could match one of that name. */
export function matchesImage(glob: string, image: string, digest?: Digest): boolean {
  const name = namesOf(glob);
  if (name === glob) return matchesGlob(glob, image);
  return matchesGlob(name, image) && (digest === undefined || glob.slice(name.length + 1) === digest);
}

/** The part of one of a policy's `images` that names repositories, without the digest. */
export function namesOf(glob: string): string {
  return glob.replace(/@.*/, '');
}
