import { pino } from 'pino';
import type { Config } from '../../config/config.ts';
import { openStore } from '../../queue/queue-store.ts';
import { askDaemon } from './ask-daemon.ts';
import { type Check, type CheckResult, ok, warn } from './check.ts';

/**
 * Whether Redis answers and is safe for a queue, without which it lies beside the record; and what the running daemon
 * says of work that nobody did within the last day.
 */
export function checkQueue({ redis, http }: Pick<Config, 'redis' | 'http'>): Check {
  return {
    name: 'queue',
    async run(signal) {
      const waiting = await askDaemon(http, 'queue', signal);
      const store = await checkStore(redis);
      if (waiting.length === 0) return store;
      return warn(`the running daemon says: ${waiting.join('; ')}`, 'Look at its log and at who else writes there.');
    },
  };
}

async function checkStore(redis: Config['redis']): Promise<CheckResult> {
  if (redis === undefined) return ok('the queue lies in PostgreSQL');
  const warnings: string[] = [];
  const logger = pino({ level: 'warn' }, { write: (line) => void warnings.push(messageOf(line)) });
  const store = await openStore({ kind: 'redis', url: redis.url.reveal() }, 'add', logger);
  await store.close();
  const [first] = warnings;
  if (first === undefined) return ok(`${store.place} answers and keeps what it is given`);
  return warn(first, 'Set `appendonly yes`; without it a restart costs time, never a verdict.');
}

function messageOf(line: string): string {
  const entry: unknown = JSON.parse(line);
  return typeof entry === 'object' && entry !== null && 'msg' in entry ? String(entry.msg) : line;
}
