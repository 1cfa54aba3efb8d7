import { InvalidInputError } from '../../kit/errors.ts';

/** Where a page of a list ended that is sorted by a time, newest first, and by ids. */
export interface PageCursor {
  readonly at: Date;
  readonly id: string;
}

/** Writes a cursor as the opaque text a client hands back. */
export function formatPageCursor(cursor: PageCursor): string {
  return Buffer.from(`${cursor.at.getTime()}.${cursor.id}`).toString('base64url');
}

/** Reads a cursor a client handed back. @throws {InvalidInputError} `USAGE_INVALID` */
export function parsePageCursor(text: string): PageCursor {
  const match = /^([0-9]{1,15})\.([0-9a-f]{64}|[0-9]{1,15})$/.exec(Buffer.from(text, 'base64url').toString('latin1'));
  const [, milliseconds, id] = match ?? [];
  if (milliseconds === undefined || id === undefined) {
    throw new InvalidInputError('USAGE_INVALID', 'expected a cursor from the page before, got something else', [
      { where: 'cursor', message: 'it was not made here', hint: 'start again without a cursor' },
    ]);
  }
  return { at: new Date(Number(milliseconds)), id };
}
