/**
 * What a process of the daemon does; one may do all of it. `ingest`: hears of pushes. `verify`: judges images, and does
 * what is done once for all, by a leader: sweeps, the sweeper. `act`: writes marks and tells
 * people. `api`: answers questions about the record.
 */
export const ROLES = ['ingest', 'verify', 'act', 'api'] as const;

export type Role = (typeof ROLES)[number];

/** Whether a process with these roles does everything. */
export function hasAllRoles(roles: readonly Role[]): boolean {
  return ROLES.every((role) => roles.includes(role));
}
