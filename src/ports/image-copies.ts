import type { Digest } from '../domain/digest.ts';
import type { SubjectRecord } from './subject-record.ts';

/** The same image in several repositories: for evidence that is kept apart from what it is about. */
export interface ImageCopies {
  /** Subjects with one of these digests, in any repository of any registry, that are images or may be. */
  findWithDigest(digests: readonly Digest[]): Promise<readonly SubjectRecord[]>;
}
