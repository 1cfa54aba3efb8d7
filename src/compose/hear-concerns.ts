import type { Logger } from 'pino';
import type { Concerns } from '../ports/concerns.ts';
import type { LeftConcerns } from '../ports/left-concerns.ts';

export interface HearingDeps {
  readonly left: LeftConcerns;
  readonly concerns: Concerns;
  readonly logger: Logger;
  readonly everyMs?: number;
}

const EVERY_MS = 5_000;

/**
 * Raises here, where people are told, what processes that cannot tell them left on record. Where several look at once, the
 * turns of messages let one tell.
 */
export function hearConcerns({ left, concerns, logger, everyMs = EVERY_MS }: HearingDeps): { stop(): void } {
  let isAtWork = false;
  const timer = setInterval(() => void look(), everyMs);

  async function look(): Promise<void> {
    if (isAtWork) return;
    isAtWork = true;
    try {
      for (const concern of await left.read()) {
        concerns.raise(concern);
        await left.takeAway(concern);
      }
    } catch (error) {
      logger.warn({ err: error }, 'concerns of other processes could not be read');
    } finally {
      isAtWork = false;
    }
  }

  return { stop: () => clearInterval(timer) };
}
