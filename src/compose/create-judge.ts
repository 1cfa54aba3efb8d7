import { availableParallelism } from 'node:os';
import { extname } from 'node:path';
import type { Logger } from 'pino';
import { requireTrust } from '../pipeline/judge/require-trust.ts';
import type { EvidenceJudge } from '../ports/evidence-judge.ts';
import type { RecordJudge } from '../ports/record-judge.ts';
import type { TrustRoots } from '../ports/trust-roots.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { createThreadedJudge } from '../threads/judge-in-threads.ts';

export interface JudgeParts {
  /** How many images are judged at once: more threads than that would never be used. */
  readonly concurrency: number;
  /** The most bytes of one piece of evidence. */
  readonly evidenceBytes?: number;
  readonly trust: Pick<TrustRoots, 'current'>;
  readonly logger: Logger;
  readonly metrics: Pick<Metrics, 'threadLost'>;
}

/** Judges evidence in a thread a core for one repository, two in all, at most; they start with the first images. */
export function createJudge({
  concurrency,
  evidenceBytes,
  trust,
  logger,
  metrics,
}: JudgeParts): EvidenceJudge & RecordJudge & { stop(): Promise<void> } {
  return createThreadedJudge({
    entry: threadModule(),
    size: Math.min(availableParallelism(), concurrency),
    ...(evidenceBytes !== undefined && { evidenceBytes }),
    trust: (policies) => requireTrust(policies, () => trust.current()),
    onLoss({ cause, ...loss }) {
      metrics.threadLost(loss.why);
      logger.warn({ ...loss, ...(cause && { err: cause }) }, 'a thread was lost while it checked evidence');
    },
  });
}

// The compiler rewrites the endings of imports, but not of this: beside a compiled module lies a compiled one.
function threadModule(): URL {
  const source = new URL('../../workers/judge-evidence.thread.ts', import.meta.url);
  return new URL(source.href.replace(/\.ts$/, extname(import.meta.url)));
}
