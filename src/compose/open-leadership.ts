import type { Logger } from 'pino';
import type { Config } from '../config/config.ts';
import { SHARED_TASKS } from '../domain/shared-task.ts';
import type { Startup } from '../lifecycle.ts';
import type { Leadership } from '../ports/leadership.ts';
import type { DatabaseConnection } from '../records/server/create-pool.ts';
import { holdLeadership } from '../records/server/hold-leadership.ts';
import { leadAlone } from './lead-alone.ts';

export interface LeadershipParts {
  readonly config: Pick<Config, 'postgres' | 'roles'>;
  readonly connection: DatabaseConnection;
  readonly logger: Logger;
}

/** Says what this process does for all on its record: on an embedded one everything, else what it is elected for. */
export async function openLeadership(
  { config, connection, logger }: LeadershipParts,
  startup: Startup,
): Promise<Leadership> {
  const { roles } = config;
  if (config.postgres === undefined) return leadAlone(roles);
  const tasks = roles.includes('verify') ? SHARED_TASKS : [];
  const held = await holdLeadership({ connection, logger, roles, tasks });
  startup.own({ name: 'leadership', stop: () => held.stop() });
  return held;
}
