import type { Digest } from '../../domain/digest.ts';
import type { Outcome, ReasonCode } from '../../domain/verdict.ts';
import type { FaultError, InvalidInputError } from '../../kit/errors.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';

/** What became of one image. All text may be hostile. */
export interface ScannedImage {
  /** `HOST/REPOSITORY@DIGEST`, as `lazaret verify` takes it. */
  readonly image: string;
  readonly digest: Digest;
  readonly tags: readonly string[];
  readonly outcome: Outcome;
  readonly code: ReasonCode;
  readonly reason: string;
}

/** Something that could not be judged: an image, or a tag, repository or registry whose images are not even known. */
export interface NotTold {
  readonly where: string;
  /** Of the fault, or of the verdict. */
  readonly code: string;
  readonly reason: string;
}

/** Called with what could not be judged, or is not there though it was named. */
export type OnUntold = (where: string, why: FaultError | InvalidInputError) => void;

/** What a scan has found so far. */
export interface ScanOutcome {
  readonly images: readonly ScannedImage[];
  readonly notTold: readonly NotTold[];
  /** Evidence and artifacts no policy covers: looked at, and not judged. */
  readonly notImages: number;
  /** Images of repositories that no policy covers, where nothing says what then. */
  readonly notCovered: number;
}

/** How many images came to each outcome; outcomes that none came to are left out. */
export function countOutcomes(images: readonly ScannedImage[]): Readonly<Partial<Record<Outcome, number>>> {
  const counts: Partial<Record<Outcome, number>> = {};
  for (const { outcome } of images) counts[outcome] = (counts[outcome] ?? 0) + 1;
  return counts;
}

/** A fail is certain whatever else could not be told, so it decides. */
export function exitCodeOfScan({ images, notTold }: ScanOutcome, isWhole: boolean): ExitCode {
  if (images.some(({ outcome }) => outcome === 'fail-evidence' || outcome === 'fail-missing')) return EXIT.failed;
  const isTold = isWhole && notTold.length === 0 && images.every(({ outcome }) => outcome === 'pass');
  return isTold ? EXIT.ok : EXIT.couldNotTell;
}
