import type { QuarantineLimits } from '../domain/quarantine-limits.ts';

/** False marks undone in the last hour. */
export interface UndoCounts {
  /** About this image. */
  readonly ofImage: number;
  readonly ofRepository: number;
  readonly all: number;
}

/** As often as an image is written to in an hour for any other reason. */
const UNDONE_PER_IMAGE = 3;

/**
 * Why one more false mark is not undone for the moment, as a sentence; `null` if it may be. Whoever pushes can ask for
 * these writes, so they are counted apart from quarantines, with the same limits: neither uses up what the other has.
 */
export function holdUndo(
  { ofImage, ofRepository, all }: UndoCounts,
  { perHour, perRepository }: Pick<QuarantineLimits, 'perHour' | 'perRepository'>,
): string | null {
  const whose =
    ofImage >= UNDONE_PER_IMAGE
      ? `of this image were put right ${ofImage} times`
      : ofRepository >= perRepository.perHour
        ? `of its repository were put right ${ofRepository} times`
        : all >= perHour
          ? `were put right ${all} times`
          : null;
  if (whose === null) return null;
  return `Tags ${whose} in the last hour, which is the limit: somebody pushes them again and again. It is tried again in an hour.`;
}
