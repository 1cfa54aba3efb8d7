import type { JobKind } from '../ports/job-queue.ts';
import type { PipelineContext } from './pipeline-context.ts';

const KINDS: readonly JobKind[] = ['resolve-event', 'judge-subject', 'apply-quarantine', 'send-notice'];

/**
 * Makes room for more in the queue: sees on record which jobs of this process have ended in others.
 * @throws {FaultError} `DATABASE_UNAVAILABLE`
 */
export async function forgetEnded({
  queue: { window },
  records: { due },
  clock,
}: Pick<PipelineContext, 'clock'> & {
  readonly queue: Pick<PipelineContext['queue'], 'window'>;
  readonly records: Pick<PipelineContext['records'], 'due'>;
}): Promise<void> {
  for (const kind of KINDS) {
    const elsewhere = window.elsewhere(kind);
    if (elsewhere.length > 0) window.forget(kind, await due.findEnded(kind, elsewhere, clock()));
  }
}
