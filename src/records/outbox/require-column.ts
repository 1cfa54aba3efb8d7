import { FaultError } from '../../kit/errors.ts';
import type { EffectKind } from '../../ports/effect-record.ts';

/**
 * What a row of this kind must have, and rows of others must not. Constraints of the tables guarantee it, so if it is
 * missing, somebody changed the row by hand or the disk is broken.
 * @throws {FaultError} `RECORD_MALFORMED`
 */
export function requireColumn<Row extends { readonly id: number; readonly kind: EffectKind }, Name extends keyof Row>(
  row: Row,
  column: Name & string,
): NonNullable<Row[Name]> {
  const value = row[column];
  if (value !== null && value !== undefined) return value;
  throw new FaultError('RECORD_MALFORMED', `effects ${row.id}: expected a ${row.kind} with its ${column}, got none`, {
    retryable: false,
  });
}
