const MIB = 1024 * 1024;

/** Bounds of what one list of names may cost. */
export const INVENTORY_LIMITS = {
  /** Names asked for at a time: what distribution gives at most unless configured otherwise. */
  pageEntries: 1_000,
  /** Registries that know no pages send a list at once: 100,000 tags of the longest kind. */
  pageBytes: 16 * MIB,
  /** 16 MiB of tags as short as builds are numbered. */
  pageValues: 1_000_000,
  /** Ten million names; a list that goes on for longer goes on for ever. */
  pages: 10_000,
  /** A name or a cursor of the registry's own that is longer is nobody's. */
  queryCharacters: 4_096,
} as const;
