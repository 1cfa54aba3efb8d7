import type { Announcement } from '../domain/announcement.ts';

/** A place where people hear of changes. Sends one announcement; does not retry, queue, log or count. */
export interface Sink {
  readonly id: string;
  readonly kind: string;
  /** @throws {FaultError} `SINK_*`; `SINK_REPLY_UNKNOWN` when it may have arrived. */
  notify(announcement: Announcement, signal: AbortSignal): Promise<void>;
  /** Releases connections. */
  close?(): Promise<void>;
}
