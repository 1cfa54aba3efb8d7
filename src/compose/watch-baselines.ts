import { type BaselineDeps, sendBaselines } from '../pipeline/act/send-baselines.ts';

const EVERY_MS = 15_000;

/** Sends a message about what lay in each registry before the first sweep, as soon as all of it is judged. */
export function watchBaselines(deps: BaselineDeps, everyMs = EVERY_MS): { stop(): void } {
  let isAtWork = false;
  const timer = setInterval(() => void look(), everyMs);

  async function look(): Promise<void> {
    if (isAtWork) return;
    isAtWork = true;
    await sendBaselines(deps).catch((error: unknown) =>
      deps.logger.warn({ err: error }, 'baselines could not be read'),
    );
    isAtWork = false;
  }

  return { stop: () => clearInterval(timer) };
}
