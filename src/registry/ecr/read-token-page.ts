import { FaultError } from '../../kit/errors.ts';
import type { InventoryPage } from '../../ports/registry-inventory.ts';
import { advance, formatCursor, parseCursor, startCursor } from '../inventory/cursor.ts';
import { INVENTORY_LIMITS } from '../inventory/limits.ts';

export interface TokenList {
  readonly host: string;
  /** Reads after "expected", e.g. `the images of acme/app`. */
  readonly what: string;
  /** What an earlier page gave. */
  readonly from: string | undefined;
}

export interface TokenPage<Entry> {
  readonly page: InventoryPage<Entry>;
  /** AWS's token of the page after it. */
  readonly next: string | undefined;
}

/**
 * Reads a page of a list of AWS's, which leads from each to the next by a token. If AWS no longer knows a token that
 * was on record, the list begins again: what was seen already costs nothing a second time.
 * @throws {FaultError} `REGISTRY_RESPONSE_INVALID` for a list that leads in a circle, or never ends
 */
export async function readTokenPage<Entry>(
  { host, what, from }: TokenList,
  read: (token: { readonly nextToken?: string }) => Promise<TokenPage<Entry>>,
): Promise<InventoryPage<Entry>> {
  const cursor = (from === undefined ? undefined : parseCursor(from)) ?? startCursor('');
  const { page, next } = await read(cursor.query === '' ? {} : { nextToken: cursor.query }).catch((error: unknown) => {
    if (cursor.query === '' || !isUnknownToken(error)) throw error;
    return read({});
  });
  if (next === undefined || next === '') return page;
  const following = cursor.page < INVENTORY_LIMITS.pages ? advance(cursor, next) : undefined;
  if (following !== undefined) return { ...page, next: formatCursor(following) };
  throw new FaultError('REGISTRY_RESPONSE_INVALID', `${host}: expected the end of ${what}, got a list without one`, {
    retryable: false,
  });
}

function isUnknownToken(error: unknown): boolean {
  return error instanceof FaultError && error.remoteCode === 'InvalidParameterException';
}
