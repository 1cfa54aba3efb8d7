import { FaultError } from '../../kit/errors.ts';
import { baselineAnnouncement } from '../../notify/baseline-announcement.ts';
import type { BaselineRecord, BaselineReport } from '../../ports/baseline-record.ts';
import type { Registries } from '../../ports/registries.ts';
import type { Sink } from '../../ports/sink.ts';
import type { ConcernDeps } from './send-concern.ts';

export interface BaselineDeps extends ConcernDeps {
  readonly baselines: BaselineRecord;
  readonly registries: Registries;
  readonly configFile?: string | undefined;
}

const TIMEOUT_MS = 30_000;

/**
 * Tells every sink of each baseline that is complete and judged, once: if a sink does not take the message, it is sent
 * again in the next round, by whichever daemon makes that round.
 * @throws {FaultError} `DATABASE_UNAVAILABLE`
 */
export async function sendBaselines(deps: BaselineDeps): Promise<void> {
  for (const report of await deps.baselines.readReports()) {
    const host = deps.registries.get(report.registryId)?.host;
    if (host === undefined) continue;
    const sinks = report.images === 0 ? [] : [...deps.sinks.values()];
    const told = await Promise.all(sinks.map((sink) => sendOne(deps, sink, { report, host })));
    if (told.every((isTold) => isTold)) await deps.baselines.noteTold(report, deps.clock());
  }
}

async function sendOne(
  { turns, clock, logger, configFile }: BaselineDeps,
  sink: Sink,
  { report, host }: { readonly report: BaselineReport; readonly host: string },
): Promise<boolean> {
  const trouble = `baseline: ${report.sourceId} ${report.registryId} ${sink.id}`;
  if (!(await turns.take(trouble, clock()))) return true;
  try {
    await sink.notify(
      baselineAnnouncement(report, { host, configFile, now: clock() }),
      AbortSignal.timeout(TIMEOUT_MS),
    );
    return true;
  } catch (error) {
    await turns.giveBack(trouble);
    logger.warn(
      { err: error, sink: sink.id, registry: report.registryId },
      'the summary of a baseline could not be sent',
    );
    return error instanceof FaultError && !error.retryable;
  }
}
