import { shortText } from '../../kit/short-text.ts';
import type { InventoryPage } from '../../ports/registry-inventory.ts';
import { INVENTORY_LIMITS } from './limits.ts';

/** Entries of a page where APIs count pages: as many as all of them allow. */
export const API_PAGE = 100;

/** The number of the page that begins here; what is no such number begins anew. */
export function pageNumber(from: string | undefined): number {
  return from !== undefined && /^[1-9]\d{0,4}$/.test(from) ? Number(from) : 1;
}

/** Where the next page begins, after one with so many entries; a list that goes on for ever ends. */
export function afterPage(page: number, count: number): { readonly next?: string } {
  return count >= API_PAGE && page < INVENTORY_LIMITS.pages ? { next: String(page + 1) } : {};
}

const ODD_SHOWN = 5;

/** The names among what an API listed, each once, and the rest in a sentence. */
export function siftNames(
  listed: readonly unknown[],
  isName: (text: string) => boolean,
): Pick<InventoryPage<string>, 'entries' | 'notTold'> {
  const isGood = (entry: unknown): entry is string => typeof entry === 'string' && isName(entry);
  const odd = listed.filter((entry) => !isGood(entry)).slice(0, ODD_SHOWN);
  const said = odd.map((entry) => (typeof entry === 'string' ? shortText(entry) : `a ${typeof entry}`)).join(', ');
  return {
    entries: [...new Set(listed.filter(isGood))],
    ...(odd.length > 0 && { notTold: [`not looked at, because they are no names: ${said}`] }),
  };
}
