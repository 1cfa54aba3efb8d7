import type { BackendFactory, IQueueBackend } from 'bullmq';

/** Who is to use the store: whoever adds jobs must fail at once, whoever works must wait until an outage is over. */
export type StoreUse = 'add' | 'work';

/** A store that has answered and was found safe. */
export interface OpenStore {
  /** For messages: host and port, never a password. */
  readonly place: string;
  /** Makes what BullMQ's classes talk through. The connection is in it; the option of that name is not looked at. */
  readonly backend: BackendFactory<IQueueBackend, string>;
  /**
   * Seconds after which a worker without work asks for some. It is told of work at once; this is for a connection that
   * died unnoticed.
   */
  readonly askAgainS: number;
  close(): Promise<void>;
}
