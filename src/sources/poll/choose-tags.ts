import { isTagName } from '../../domain/image-reference.ts';
import { matchesGlob } from '../../kit/glob.ts';
import type { ListedTag } from '../../ports/registry-inventory.ts';

/** Which tags of each repository are looked at. */
export interface TagFilter {
  /** Globs; empty: all. */
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  /** The most of a repository. Absent: all. */
  readonly newest?: number;
}

/** Whether a tag is looked at; what is no name of a tag never is, whoever lists it. */
export function isChosen({ include, exclude }: TagFilter, tag: string): boolean {
  const matches = (glob: string): boolean => matchesGlob(glob, tag);
  return isTagName(tag) && (include.length === 0 || include.some(matches)) && !exclude.some(matches);
}

/** Gathers the newest so many of the tags it is given; holds twice as many at most. */
export class NewestTags {
  readonly #most: number;
  #tags: ListedTag[] = [];

  constructor(most: number) {
    this.#most = most;
  }

  add(tags: readonly ListedTag[]): void {
    for (const tag of tags) {
      this.#tags.push(tag);
      if (this.#tags.length >= 2 * this.#most) this.#trim();
    }
  }

  take(): readonly ListedTag[] {
    this.#trim();
    return this.#tags;
  }

  #trim(): void {
    this.#tags = this.#tags.sort(newestFirst).slice(0, this.#most);
  }
}

/**
 * By when they were pushed, where the registry tells; those without a time come after them, the highest name first:
 * numbers in names count as numbers, so that 1.10 is newer than 1.9.
 */
function newestFirst(a: ListedTag, b: ListedTag): number {
  const age = (b.pushedAt?.getTime() ?? Number.NEGATIVE_INFINITY) - (a.pushedAt?.getTime() ?? Number.NEGATIVE_INFINITY);
  return Number.isNaN(age) || age === 0 ? BY_NAME.compare(b.tag, a.tag) : age;
}

const BY_NAME = new Intl.Collator('en', { numeric: true });
