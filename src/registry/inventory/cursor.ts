import { isJsonObject } from '../../kit/json.ts';
import { parseJson } from '../../kit/parse-json.ts';

/** Where in a list the next page begins, and enough of the way there to notice one that leads in a circle. */
export interface Cursor {
  /** The query of the page's address. */
  readonly query: string;
  /** Counted from 1. */
  readonly page: number;
  /** The query of an earlier page: if the list leads there again, it is a circle. */
  readonly mark: string;
}

export function startCursor(query: string): Cursor {
  return { query, page: 1, mark: query };
}

/**
 * The cursor of the page after this one, or `undefined` if the list leads in a circle. Whatever the circle's length, it is
 * noticed within twice as many pages, and no more than one earlier page is remembered. https://doi.org/10.1007/BF01933190
 * (Brent, "An improved Monte Carlo factorization algorithm", §7)
 */
export function advance({ query, page, mark }: Cursor, next: string): Cursor | undefined {
  if (next === mark || next === query) return undefined;
  const isPowerOfTwo = (page & (page - 1)) === 0;
  return { query: next, page: page + 1, mark: isPowerOfTwo ? query : mark };
}

export function formatCursor({ query, page, mark }: Cursor): string {
  return JSON.stringify({ query, page, mark });
}

/** A cursor as it was on record; `undefined` for one that another version wrote: that list begins anew. */
export function parseCursor(text: string): Cursor | undefined {
  try {
    const value = parseJson(text);
    if (!isJsonObject(value)) return undefined;
    const { query, page, mark } = value;
    const isCursor = typeof query === 'string' && typeof mark === 'string' && typeof page === 'number';
    return isCursor ? { query, page, mark } : undefined;
  } catch {
    return undefined;
  }
}
