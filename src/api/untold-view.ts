import type { UntoldCause, UntoldImage } from '../ports/untold-query.ts';

/** What could not be told by now, as the API shows it. */
export function viewUntold(causes: readonly UntoldCause[], images: readonly UntoldImage[]): Record<string, unknown> {
  return {
    count: causes.reduce((sum, { count }) => sum + count, 0),
    causes: causes.map(({ registryId, code, count, since }) => ({
      registry: registryId,
      code,
      count,
      since: since.toISOString(),
    })),
    images: images.map(({ registryId, repository, digest, tags, code, reason, since, nextCheckAt }) => ({
      registry: registryId,
      repository,
      digest,
      tags,
      code,
      reason,
      since: since.toISOString(),
      nextCheckAt: nextCheckAt?.toISOString() ?? null,
    })),
  };
}
