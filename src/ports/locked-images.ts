import type { Subject } from '../domain/subject.ts';

/** The manifest of an image, as it was before it was locked. */
export interface KeptManifest {
  readonly mediaType: string;
  readonly bytes: Uint8Array;
}

/**
 * The images that Lazaret has locked, or is about to: what is kept says that a lock is ours, and lets a locked image be
 * judged, for its registry gives out nothing of it any more.
 */
export interface LockedImages {
  /** Before the lock; what is kept already stays. */
  keep(subject: Subject, manifest: KeptManifest): Promise<void>;
  find(subject: Subject): Promise<KeptManifest | null>;
  /** After the image was opened. */
  forget(subject: Subject): Promise<void>;
}
