import type { EffectRef } from '../../ports/effect-outbox.ts';

/** What a reference is made of. */
export const REF_COLUMNS = ['id', 'kind', 'attempts', 'sink_id', 'registry_id', 'repository'] as const;

/** A row of them. */
export interface RefRow {
  readonly id: number;
  readonly kind: EffectRef['kind'];
  readonly attempts: number;
  readonly sink_id: string | null;
  readonly registry_id: string;
  readonly repository: string;
}

/** A notice takes the turn of its sink, a write that of its registry: either may hang. */
export function toEffectRef({ id, kind, attempts, sink_id, registry_id, repository }: RefRow): EffectRef {
  return { id: String(id), kind, attempts, lane: { registry: sink_id ?? registry_id, repository } };
}
