import type { Delivery, Dialect, RegistryEvent } from '../domain/registry-event.ts';
import { InvalidInputError } from '../kit/errors.ts';
import { outlineJson } from './json-outline.ts';

/** Of a larger one than the dialect's registry can send, only the beginning is kept. */
export const KEPT_BYTES = 64 * 1024;

export interface ParseOptions {
  readonly dialect: Dialect;
  readonly limits: { readonly bodyBytes: number; readonly depth: number };
}

/** What a delivery says, or why it says nothing. */
export type DeliveryReading =
  | { readonly kind: 'events'; readonly events: readonly RegistryEvent[] }
  | { readonly kind: 'poison'; readonly reason: string; readonly body: Uint8Array };

/** Parses one delivery of a queue or a topic. Never throws: whatever is in it, it must not hold up what comes after. */
export async function parseDelivery(
  { body, headers }: Delivery,
  { dialect, limits }: ParseOptions,
): Promise<DeliveryReading> {
  if (body.length > limits.bodyBytes) {
    const reason = `EVENT_TOO_LARGE: expected at most ${limits.bodyBytes} bytes, got ${body.length}; the first ${KEPT_BYTES} are kept`;
    return { kind: 'poison', reason, body: body.subarray(0, KEPT_BYTES) };
  }
  try {
    return { kind: 'events', events: dialect({ body: await outlineJson(body, limits.depth), headers }) };
  } catch (error) {
    const reason =
      error instanceof InvalidInputError ? `${error.code}: ${error.message}` : `unexpected: ${String(error)}`;
    return { kind: 'poison', reason, body: body.subarray(0, KEPT_BYTES) };
  }
}
