import { pino } from 'pino';
import type { Config } from '../../config/config.ts';
import { openStore } from '../../queue/queue-store.ts';
import { type Check, ok, warn } from './check.ts';

/** Whether Redis answers and is safe for a queue; without Redis the queue lies beside the record. */
export function checkQueue({ redis }: Pick<Config, 'redis'>): Check {
  return {
    name: 'queue',
    async run() {
      if (redis === undefined) return ok('the queue lies in PostgreSQL');
      const warnings: string[] = [];
      const logger = pino({ level: 'warn' }, { write: (line) => void warnings.push(messageOf(line)) });
      const store = await openStore({ kind: 'redis', url: redis.url.reveal() }, 'add', logger);
      await store.close();
      const [first] = warnings;
      if (first === undefined) return ok(`${store.place} answers and keeps what it is given`);
      return warn(first, 'Set `appendonly yes`; without it a restart costs time, never a verdict.');
    },
  };
}

function messageOf(line: string): string {
  const entry: unknown = JSON.parse(line);
  return typeof entry === 'object' && entry !== null && 'msg' in entry ? String(entry.msg) : line;
}
