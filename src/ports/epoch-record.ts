/** One number for each content of the trust roots, agreed by all processes on a record. */
export interface EpochRecord {
  /**
   * The number of a content that this process takes into use: that of the newest content on record if it is the same,
   * else a new one, above every number there was and at least `least`. So a content that comes back gets a new number.
   */
  claim(content: string, least: number): Promise<number>;
  /**
   * The number of a content that this process has in use, under this number so far. While another content is newer, and
   * some process uses it, both keep theirs: the processes are being changed over. Once nobody does, this one is claimed.
   */
  keep(content: string, epoch: number, least: number): Promise<number>;
  /** The number of the newest content on record; 0 where there is none. */
  newest(): Promise<number>;
}
