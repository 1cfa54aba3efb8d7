import type { Digest } from './digest.ts';

/**
 * One thing a registry announced, as a dialect read it. A hint, never a fact: nothing here is believed before the
 * registry has been asked. What the payload does not hold is `null`.
 */
export interface RegistryEvent {
  readonly kind: 'push' | 'delete' | 'ignored';
  /** Why the event is ignored; `null` for a push or a delete. */
  readonly reason: string | null;
  /** Host with port, as the event names it: compared with the receiver's registry, never dialled. */
  readonly host: string | null;
  readonly repository: string | null;
  readonly tag: string | null;
  readonly digest: Digest | null;
  readonly mediaType: string | null;
  readonly actor: string | null;
  /** ISO 8601, UTC. */
  readonly time: string | null;
  readonly eventId: string | null;
  /**
   * Set where it is ignored although it announces a push or a removal in its repository, because it does not say of
   * what: that repository is to be looked at.
   */
  readonly isUnnamed?: true;
}

/** An authentic delivery as a source received it: the bytes and what the transport said about them. */
export interface Delivery {
  readonly body: Uint8Array;
  /** Lower-case header names. */
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Reads a delivery of one registry's JSON. Zero events for a delivery we ignore.
 * @throws {InvalidInputError} `EVENT_MALFORMED`, `EVENT_TOO_LARGE`, `EVENT_UNSUPPORTED`
 */
export type Dialect = (delivery: Delivery) => readonly RegistryEvent[];
