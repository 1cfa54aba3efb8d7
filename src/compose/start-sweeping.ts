import type { Config } from '../config/config.ts';
import type { Startup } from '../lifecycle.ts';
import { createPolicyWalk, type WalkContext } from '../pipeline/judge/policy-walk.ts';
import type { Leadership } from '../ports/leadership.ts';
import type { RecordKeeping } from '../ports/record-keeping.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { ManagedTrustRoots } from '../trust/create-trust-roots.ts';
import { startPolicyWalk } from './start-policy-walk.ts';
import { startRetention } from './start-retention.ts';
import { startSweeper } from './start-sweeper.ts';
import { watchEnded } from './watch-ended.ts';

export interface SweepingParts {
  readonly config: Pick<Config, 'roles' | 'sweepEveryMs' | 'keepMs'>;
  readonly keeping: RecordKeeping;
  readonly metrics: Metrics;
  readonly trust: Pick<ManagedTrustRoots, 'isClockConfirmed'>;
  readonly context: WalkContext;
  readonly leadership: Leadership;
}

/**
 * Starts what goes over the record: the sweeper and the walk, which find work, and the dropping of what is old. They run
 * where this process leads.
 */
export function startSweeping(
  { config, context, leadership, keeping, metrics, trust }: SweepingParts,
  startup: Startup,
): void {
  if (!config.roles.includes('verify')) {
    const watch = watchEnded(context);
    startup.own({ name: 'watch over jobs of others', stop: async () => watch.stop() });
    return;
  }
  const leads = (): boolean => leadership.term('sweeper') !== undefined;
  const walk = startPolicyWalk(createPolicyWalk(context), context.logger, leads);
  startup.own({ name: 'walk over the record', stop: () => walk.stop() });
  const sweeper = startSweeper(context, { everyMs: config.sweepEveryMs, walk, leads });
  startup.own({ name: 'sweeper', stop: (giveUp) => sweeper.stop(giveUp) });
  const mayDrop = (): boolean => leads() && trust.isClockConfirmed();
  const retention = startRetention({ ...context, metrics, keeping, keepMs: config.keepMs, mayDrop });
  startup.own({ name: 'retention', stop: () => retention.stop() });
}
