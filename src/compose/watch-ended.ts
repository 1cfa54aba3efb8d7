import { forgetEnded } from '../pipeline/forget-ended.ts';
import type { PipelineContext } from '../pipeline/pipeline-context.ts';

const EVERY_MS = 1_000;

/** In a process without a sweeper: sees again and again which of its jobs have ended in others, so that more may be added. */
export function watchEnded(context: PipelineContext, everyMs = EVERY_MS): { stop(): void } {
  let isAtWork = false;
  const timer = setInterval(() => void look(), everyMs);

  async function look(): Promise<void> {
    if (isAtWork) return;
    isAtWork = true;
    await forgetEnded(context).catch((error: unknown) =>
      context.logger.warn({ err: error }, 'it could not be seen which jobs have ended elsewhere'),
    );
    isAtWork = false;
  }

  return { stop: () => clearInterval(timer) };
}
