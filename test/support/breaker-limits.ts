import type { QuarantineLimit, QuarantineLimits } from '../../src/domain/quarantine-limits.ts';

/** Limits of all, and the same for registries and repositories unless others are given. */
export function breakerOf(all: QuarantineLimit, perRepository = all, perRegistry = all): QuarantineLimits {
  return { ...all, perRegistry, perRepository };
}
