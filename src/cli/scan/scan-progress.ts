import type { NotTold, ScannedImage, ScanOutcome } from './scan-outcome.ts';

/** What an earlier scan of the same had found when it was interrupted. */
export interface ScanBefore {
  readonly images: readonly ScannedImage[];
  /** Repositories whose images are all judged. */
  readonly done: readonly string[];
}

/** What a scan has found so far, and told while it is found. */
export interface ScanProgress {
  /** So many more images are to be judged. */
  found(count: number): void;
  judged(image: ScannedImage): void;
  notImage(): void;
  notCovered(count: number): void;
  /** Adds an image that the registry lists and does not hold. */
  gone(image: string): void;
  /** Adds an image that could not be judged, or a place whose images are not known. */
  notTold(entry: NotTold): void;
  /** All of this repository has been looked at. It is looked at again later if some of it could not be told. */
  done(repository: string): void;
  isDone(repository: string): boolean;
  /** Whether it was judged before; its tags may be others by now. */
  knows(image: string, tags: readonly string[]): boolean;
  outcome(): ScanOutcome;
  /** The state to continue the scan from later. */
  before(): ScanBefore;
  /** Images that are to be judged, and those that are. */
  counts(): { readonly found: number; readonly settled: number };
}

/** Starts with what an earlier scan had found; what it could not tell is tried again. */
export function createScanProgress(before: ScanBefore): ScanProgress {
  const known = new Map(before.images.map((image) => [image.image, image]));
  const done = new Set(before.done);
  const images = new Map<string, ScannedImage>();
  // Nothing is looked at any more in a repository that is done.
  for (const image of before.images) if (done.has(image.image.slice(0, image.image.indexOf('@')))) put(image);
  const untold: NotTold[] = [];
  const untoldIn = new Set<string>();
  let found = images.size;
  let notImages = 0;
  let notCovered = 0;
  let settled = found;

  function addUntold(entry: NotTold): void {
    untold.push(entry);
    untoldIn.add(repositoryOf(entry.where));
  }
  function put(image: ScannedImage): void {
    images.set(image.image, image);
  }

  return {
    found(count) {
      found += count;
    },
    judged(image) {
      put(image);
      if (image.outcome === 'indeterminate') addUntold({ where: image.image, code: image.code, reason: image.reason });
      settled += 1;
    },
    notImage() {
      notImages += 1;
      settled += 1;
    },
    notCovered(count) {
      notCovered += count;
      settled += count;
    },
    gone(image) {
      addUntold({ where: image, code: 'REFERENCE_INVALID', reason: 'The registry names it and does not hold it.' });
      settled += 1;
    },
    notTold: addUntold,
    done(repository) {
      if (!untoldIn.has(repository)) done.add(repository);
    },
    isDone: (repository) => done.has(repository),
    knows(name, tags) {
      const image = known.get(name);
      if (image === undefined || image.outcome === 'indeterminate') return false;
      put({ ...image, tags });
      settled += 1;
      return true;
    },
    outcome: () => ({ images: [...images.values()], notTold: untold, notImages, notCovered }),
    before: () => ({ images: [...new Map([...known, ...images]).values()], done: [...done] }),
    counts: () => ({ found, settled }),
  };
}

// HOST/REPOSITORY of what may have a tag or a digest behind it; the host may have a port.
function repositoryOf(where: string): string {
  const [name = ''] = where.split('@', 1);
  const tag = name.indexOf(':', name.lastIndexOf('/'));
  return tag === -1 ? name : name.slice(0, tag);
}
