/** Whether a registry announces what is pushed to it, as far as sweeps can tell. */
export interface Hearing {
  readonly registryId: string;
  /** When it last announced anything; `null`: never. */
  readonly lastEventAt: Date | null;
  /** Pushes found since then that it did not announce. */
  readonly unannounced: number;
  /** People were told that it announces nothing any more. */
  readonly isTold: boolean;
}

/** What sweeps found and events announced, side by side. Everything throws `FaultError` `DATABASE_UNAVAILABLE`. */
export interface HearingRecord {
  /**
   * Decides of pushes that sweeps found before this time whether an event has announced them by now. Each is decided
   * once, by whoever asks first; returns how many were not announced, by registry.
   */
  settle(before: Date): Promise<ReadonlyMap<string, number>>;
  read(registryIds: readonly string[]): Promise<readonly Hearing[]>;
  noteTold(registryId: string, isTold: boolean, now: Date): Promise<void>;
}
