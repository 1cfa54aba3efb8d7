import type { Config } from '../config/config.ts';
import type { Startup } from '../lifecycle.ts';
import { createPolicyWalk, type WalkContext } from '../pipeline/judge/policy-walk.ts';
import type { Leadership } from '../ports/leadership.ts';
import { startPolicyWalk } from './start-policy-walk.ts';
import { startSweeper } from './start-sweeper.ts';
import { watchEnded } from './watch-ended.ts';

export interface SweepingParts {
  readonly config: Pick<Config, 'roles' | 'sweepEveryMs'>;
  readonly context: WalkContext;
  readonly leadership: Leadership;
}

/** Starts what finds the work that is on record: the sweeper and the walk, which run where this process leads. */
export function startSweeping({ config, context, leadership }: SweepingParts, startup: Startup): void {
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
}
