import { FaultError } from '../../kit/errors.ts';
import type { EffectKind } from '../../ports/effect-record.ts';

/**
 * What a row of this kind must have, and rows of others must not. The tables see to it: whoever finds it missing has
 * before him what somebody changed by hand, or what was broken on disk.
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
