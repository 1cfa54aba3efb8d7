/** Keeps the document of one trust root: has one now, and knows how to get a newer one. */
export interface RootProvider {
  readonly name: string;
  /** How often to look for a newer one, ms; `undefined`: there is nothing to look at. */
  readonly refreshEveryMs: number | undefined;
  /** The server it is refreshed from, whose time ours is compared with; `undefined` for a file. */
  readonly server: URL | undefined;
  /** The last good document; `undefined` if there never was one. */
  document(): string | undefined;
  /** Why the document may not be used at this time, as a sentence; `undefined` if it may. */
  obstacle(now: Date): string | undefined;
  /** What people should look at although the document may still be used. */
  concern(now: Date): string | undefined;
  /**
   * Looks for a newer document and keeps it. On failure the last good one stays.
   * @throws {FaultError} `TRUST_ROOT_UNAVAILABLE`
   * @throws {InvalidInputError} `TRUST_ROOT_INVALID`
   */
  refresh(now: Date): Promise<void>;
}
