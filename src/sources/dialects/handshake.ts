import type { Delivery } from '../../domain/registry-event.ts';

/**
 * What a service asks a receiver before it delivers anything. Both are asked only of requests whose sender is known:
 * else anybody could have the service flood this receiver.
 */
export interface Handshake {
  /**
   * The answer to a delivery that only asks whether events are expected; `undefined` for every other delivery.
   * @throws {InvalidInputError} `EVENT_MALFORMED` for a question that cannot be read
   */
  answer(delivery: Delivery): Readonly<Record<string, string>> | undefined;
  /** The headers that allow deliveries to who asks by the method OPTIONS; `undefined` where nobody that can be named asks. */
  permit(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> | undefined;
}
