import { eachBounded } from '../../kit/each-bounded.ts';
import { FaultError, InvalidInputError } from '../../kit/errors.ts';
import { type FoundImage, findImages } from './find-images.ts';
import { type FoundRepository, findRepositories } from './find-repositories.ts';
import type { OnUntold } from './scan-outcome.ts';
import type { ScanPlace } from './scan-places.ts';
import type { ScanProgress } from './scan-progress.ts';

/**
 * How many repositories are scanned at a time, and images of each: so many that only the registry's own limit slows a
 * scan down.
 */
const REPOSITORIES = 4;
const IMAGES = 4;
/** Images that are under way at a time, at most. */
export const IMAGES_AT_ONCE = REPOSITORIES * IMAGES;

/** What is done with what is found. */
export interface Walk {
  readonly progress: ScanProgress;
  /** Whether anything says what the images of a repository, `host/repository`, must prove. */
  readonly isCovered: (name: string) => boolean;
  readonly visit: (found: FoundRepository, image: FoundImage) => Promise<void>;
  /** When it fires, the walk ends. */
  readonly signal: AbortSignal;
}

/** Visits every image of these places; what cannot be told is noted, and the rest goes on. */
export async function walkImages(places: readonly ScanPlace[], walk: Walk): Promise<void> {
  const { progress, signal } = walk;
  const onUntold: OnUntold = (where, { code, message }) => progress.notTold({ where, code, reason: message });
  await eachBounded(findRepositories(places, onUntold, signal), REPOSITORIES, async (found) => {
    const name = `${found.place.registries.own.host}/${found.repository}`;
    if (signal.aborted || progress.isDone(name)) return;
    try {
      const images = await findImages(found, onUntold, signal);
      progress.found(images.length);
      if (!walk.isCovered(name)) return void progress.notCovered(images.length);
      await eachBounded(images, IMAGES, async (image) => {
        if (!signal.aborted) await walk.visit(found, image);
      });
      // One image of a repository says nothing about the others.
      if (!signal.aborted && found.image === undefined) progress.done(name);
    } catch (fault) {
      // What is under way when a scan is interrupted fails in many ways, none of which says anything about an image.
      if (signal.aborted) return;
      if (!(fault instanceof FaultError) && !(fault instanceof InvalidInputError)) throw fault;
      onUntold(name, fault);
    }
  });
}
