import type { TrustSnapshot } from '../domain/trust-root.ts';

/** The trust roots in use. */
export interface TrustRoots {
  /**
   * The roots of this moment. Cheap: refreshing happens in the background. A root that expired or was never had is
   * not among them; who needs it cannot tell.
   * @throws {FaultError} `CLOCK_UNTRUSTED` when nothing that depends on time can be believed
   */
  current(): TrustSnapshot;
  /** Starts background refreshing and returns at once; calls back when the epoch has grown. */
  start(onChange: (snapshot: TrustSnapshot) => void): Promise<void>;
  stop(): Promise<void>;
}
