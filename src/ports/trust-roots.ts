import type { TrustSnapshot } from '../domain/trust-root.ts';

/** The trust roots in use. */
export interface TrustRoots {
  /**
   * The roots of this moment. Cheap: refreshing happens in the background.
   * @throws {FaultError} `TRUST_ROOT_UNAVAILABLE` when a root is needed that is expired or was never had.
   */
  current(): TrustSnapshot;
  /** Starts background refreshing; calls back when the epoch has grown. */
  start(onChange: (snapshot: TrustSnapshot) => void): Promise<void>;
  stop(): Promise<void>;
}
