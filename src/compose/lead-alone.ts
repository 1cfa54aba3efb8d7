import type { Role } from '../domain/role.ts';
import type { Leadership } from '../ports/leadership.ts';

/** The leadership of the one process on an embedded record: it does everything, for ever. */
export function leadAlone(roles: readonly Role[]): Leadership {
  const forever = new AbortController().signal;
  return { term: () => forever, isShared: () => false, count: (role) => (roles.includes(role) ? 1 : 0) };
}
