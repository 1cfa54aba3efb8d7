import type { Delivery } from '../../domain/registry-event.ts';
import { cleanText } from './event-fields.ts';

/** A header of the delivery, made safe to print; `null` where it is missing or empty. */
export function headerOf({ headers }: Delivery, name: string): string | null {
  const value = Object.hasOwn(headers, name) ? headers[name] : undefined;
  return value === undefined || value === '' ? null : cleanText(value);
}
