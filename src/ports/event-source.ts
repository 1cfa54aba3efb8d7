import type { RegistryEvent } from '../domain/registry-event.ts';

/** Who hands events in: which receiver, for which registry. */
export interface EventOrigin {
  readonly sourceId: string;
  readonly registryId: string;
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
  receive(origin: EventOrigin, events: readonly RegistryEvent[]): Promise<void>;
  park(parked: ParkedDelivery): Promise<void>;
}

/** Something that listens for events on its own (Kafka, SQS, a poll). */
export interface EventSource {
  readonly id: string;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** `undefined` when all is well, else a sentence saying what is not. */
  health(): string | undefined;
}
