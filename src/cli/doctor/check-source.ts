import { kafkaOptions } from '../../compose/create-sources.ts';
import type { Config } from '../../config/config.ts';
import { silentLogger } from '../silent-logger.ts';
import { type Check, fail, ok } from './check.ts';

/** Whether a source can bring events: Kafka is asked for its topic; a webhook waits to be called. */
export function checkSource(source: Config['sources'][number], http: Config['http']): Check {
  const name = `source ${source.id}`;
  if (source.kind === 'webhook') {
    // Its path may be its secret, so it is not printed.
    const path = source.authentication.kind === 'path' ? '<its secret path>' : source.id;
    const where = `http://${http.host}:${http.port}/webhooks/${path}`;
    return { name, run: async () => ok(`will listen at ${where}; the registry must be told to call it`) };
  }
  return {
    name,
    async run() {
      const { probeKafka } = await import('../../sources/kafka/probe-kafka.ts');
      const partitions = await probeKafka(kafkaOptions(source), silentLogger());
      if (partitions > 0) return ok(`topic ${source.topic} is there, with ${partitions} partitions`);
      return fail(`topic ${source.topic} has no partitions`, 'Create the topic; Lazaret never does.');
    },
  };
}
