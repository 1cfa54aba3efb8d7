import type { Lane } from '../../kit/fair-queue.ts';

/** Whose turn it is when work on this row is done. */
export function laneOf(row: { readonly registry_id: string; readonly repository: string }): Lane {
  return { registry: row.registry_id, repository: row.repository };
}
