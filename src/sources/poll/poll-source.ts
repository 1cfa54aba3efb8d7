// The room `sources/poll`: sweeps of what registries hold, for what nobody announces.

import { wait } from '../../kit/io/wait.ts';
import type { EventSource } from '../../ports/event-source.ts';
import type { PollSourceDeps, PollSourceOptions, SweepTarget } from './poll-options.ts';
import { sweepWhenDue } from './sweep-loop.ts';

/** After an error that is no fault of a registry: the record may be away for a moment. */
const RETRY_MS = 5_000;
/** How often a process that does not sweep for all sees whether it does by now. */
const LOOK_MS = 1_000;

/**
 * Creates a source that finds what nobody announced: it goes through what its registries hold, each for itself and every
 * so often, and hands in what is new. That it brings nothing is no trouble of its own: a registry that cannot be swept is
 * a concern, and the daemon stays ready to hear of pushes.
 */
export function createPollSource(options: PollSourceOptions, deps: PollSourceDeps): EventSource {
  const logger = deps.logger.child({ sourceId: options.id });
  const stopping = new AbortController();
  let running: Promise<unknown> | undefined;

  async function run(target: SweepTarget): Promise<void> {
    const last = {};
    while (!stopping.signal.aborted) {
      const term = deps.term();
      if (term === undefined) {
        await wait(LOOK_MS, stopping.signal).catch(() => undefined);
        continue;
      }
      const signal = AbortSignal.any([stopping.signal, term]);
      const waitMs = await sweepWhenDue({ target, options, deps: { ...deps, logger }, last, signal }).catch(
        (error: unknown) => {
          logger.warn({ err: error, registry: target.registryId }, 'a sweep could not go on; it is tried again');
          return RETRY_MS;
        },
      );
      await wait(waitMs, signal).catch(() => undefined);
    }
  }

  return {
    id: options.id,
    async start() {
      running ??= Promise.all(options.targets.map(run));
    },
    async stop() {
      stopping.abort();
      await running;
    },
    health: () => undefined,
    deafSince: () => undefined,
  };
}
