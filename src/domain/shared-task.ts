/**
 * What is done once for all processes on a record, by a leader: putting what is due back into the queue, sweeping
 * registries, asking for newer trust roots.
 */
export const SHARED_TASKS = ['sweeper', 'sweeps', 'trust'] as const;

export type SharedTask = (typeof SHARED_TASKS)[number];
