import type { Logger } from 'pino';
import { concernAnnouncement } from '../../notify/concern-announcement.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Concern } from '../../ports/concerns.ts';
import type { Sink } from '../../ports/sink.ts';

export interface ConcernDeps {
  readonly sinks: ReadonlyMap<string, Sink>;
  /** Takes the turn to send a message about a trouble, once an hour; or gives the turn back if nothing was sent. */
  readonly turns: { take(trouble: string, now: Date): Promise<boolean>; giveBack(trouble: string): Promise<void> };
  readonly clock: Clock;
  readonly logger: Logger;
}

const TIMEOUT_MS = 30_000;

/**
 * Tells every sink of a concern, unless it is about that sink or it heard of the same within the hour. A sink that fails hears of it with the
 * next concern of this kind: what is wrong goes on until somebody mends it. Never throws.
 */
export async function sendConcern(deps: ConcernDeps, concern: Concern): Promise<void> {
  const sinks = [...deps.sinks.values()].filter((sink) => concern.kind !== 'unsaid' || sink.id !== concern.id);
  await Promise.all(sinks.map((sink) => sendOne(deps, sink, concern)));
}

async function sendOne({ turns, clock, logger }: ConcernDeps, sink: Sink, concern: Concern): Promise<void> {
  const trouble = `cannot hear: ${concern.kind} ${concern.id} ${sink.id}`;
  try {
    if (!(await turns.take(trouble, clock()))) return;
    try {
      await sink.notify(concernAnnouncement(concern, clock()), AbortSignal.timeout(TIMEOUT_MS));
    } catch (error) {
      await turns.giveBack(trouble);
      throw error;
    }
  } catch (error) {
    logger.warn({ err: error, sink: sink.id, about: concern.id }, 'nobody could be told of a concern');
  }
}
