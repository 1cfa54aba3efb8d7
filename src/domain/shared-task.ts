/**
 * What is done once for all processes on a record, by a leader: putting what is due back into the queue, sweeping
 * registries.
 */
export const SHARED_TASKS = ['sweeper', 'sweeps'] as const;

export type SharedTask = (typeof SHARED_TASKS)[number];
