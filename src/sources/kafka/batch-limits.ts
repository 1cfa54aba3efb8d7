/**
 * The most bytes one batch may hold once it is decompressed. Producers fill batches of 16 KiB to 1 MiB of uncompressed
 * records and brokers take 1 MiB compressed by default: a ratio of 32 is more than JSON comes to.
 */
export const MAX_BATCH_BYTES = 32 * 1024 * 1024;

/** The most records of one batch: a full mebibyte of Lazaret's own events is 7,000. They are made in one go. */
export const MAX_BATCH_RECORDS = 20_000;

/** Where reading one answer of a broker stops for now: it may hold many batches, and all of them stay in memory. */
export const MAX_FETCH_BYTES = 32 * 1024 * 1024;

/** Work on the main thread between two turns of the event loop: at 200 MB/s and slower machines, well below 50 ms. */
export const BYTES_PER_TURN = 1024 * 1024;
