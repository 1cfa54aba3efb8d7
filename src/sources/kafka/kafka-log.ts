import { type logCreator, logLevel } from 'kafkajs';
import type { Logger } from 'pino';

// Fields of kafkajs log entries that say what happened; the others repeat them or carry whole payloads.
const FIELDS = ['groupId', 'memberId', 'broker', 'topic', 'partition', 'offset', 'error', 'retryCount', 'retryTime'];

/** Sends the log of kafkajs to ours, one level down: its own errors are mostly retries. */
export function createKafkaLog(logger: Logger): logCreator {
  return () =>
    ({ namespace, level, log }) => {
      const fields = Object.fromEntries(
        FIELDS.flatMap((name) => (log[name] === undefined ? [] : [[name, asText(log[name])]])),
      );
      const entry = { namespace, ...fields };
      if (level === logLevel.ERROR) logger.warn(entry, log.message);
      else if (level === logLevel.WARN) logger.info(entry, log.message);
      else logger.debug(entry, log.message);
    };
}

function asText(value: unknown): unknown {
  return value instanceof Error ? value.message : value;
}
