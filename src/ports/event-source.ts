import type { RegistryEvent } from '../domain/registry-event.ts';

/** A source that hands events in, and the registries whose pushes it announces. */
export interface Listener {
  readonly sourceId: string;
  /** At least one; where there are several, the host in an event tells them apart. */
  readonly registryIds: readonly string[];
  /** Set where nobody announced what is handed in. */
  readonly found?: Found;
}

/**
 * How a sweep came upon what it hands in. `baseline`: it lay there before anybody looked, and its verdict is only
 * recorded; `present`: so did it, and it is acted on as a push; `unannounced`: it was pushed since.
 */
export type Found = 'baseline' | 'present' | 'unannounced';

/** Where an event came from: by which source, from which registry. */
export interface EventOrigin {
  readonly sourceId: string;
  readonly registryId: string;
  readonly found?: Found;
}

/** A record that cannot be read, kept with the reason so that nothing is lost. */
export interface ParkedDelivery {
  readonly sourceId: string;
  readonly reason: string;
  readonly body: Uint8Array;
  /** Where it came from, e.g. `topic/partition@offset`. */
  readonly position: string;
}

/** Takes events into the record. Resolves only after the commit: acknowledge after it, never before. */
export interface EventReceiver {
  /** @throws {FaultError} when the record cannot be written: the source must deliver again. */
  receive(listener: Listener, events: readonly RegistryEvent[]): Promise<void>;
  park(parked: ParkedDelivery): Promise<void>;
}

/** Something that listens for events on its own (Kafka, SQS, a poll). */
export interface EventSource {
  readonly id: string;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** `undefined` when all is well, else a sentence saying what is not. */
  health(): string | undefined;
  /** Since when it has brought nothing because of that; `undefined` while it listens. */
  deafSince(): Date | undefined;
}
