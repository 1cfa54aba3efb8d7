import type { ShownConcern } from '../ports/concerns.ts';
import type { Registries } from '../ports/registries.ts';

/**
 * The registries that leave requests without an answer, as long as they do. That their images cannot be verified is told
 * as of any outage; this says why.
 */
export function silentRegistries(registries: Registries): readonly ShownConcern[] {
  return [...registries.values()]
    .filter(({ isSilent }) => isSilent?.() === true)
    .map(({ id, host }) => ({
      id,
      kind: 'silent',
      problem: `${host} accepts requests and does not answer them: it is asked now and then only, and its images wait`,
    }));
}
