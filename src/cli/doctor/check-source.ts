import { createKafkaTokens } from '../../compose/kafka-tokens.ts';
import type { Config } from '../../config/config.ts';
import type { KafkaSourceConfig } from '../../config/source-config.ts';
import { formatDuration } from '../../kit/duration.ts';
import { silentLogger } from '../silent-logger.ts';
import { askDaemon } from './ask-daemon.ts';
import { type Check, type CheckResult, fail, ok, warn } from './check.ts';
import { describeSender } from './check-webhook.ts';

/** Whether a source can bring events: topics and queues are asked how they are; a webhook waits to be called. */
export function checkSource(source: Config['sources'][number], { http, proxy }: Pick<Config, 'http' | 'proxy'>): Check {
  const name = `source ${source.id}`;
  if (source.kind === 'webhook') {
    return {
      name,
      async run(signal) {
        const sender = await describeSender(source, { http, proxy });
        return (await askAbout(source.id, http, signal)) ?? sender;
      },
    };
  }
  if (source.kind === 'poll') {
    const well = ok(`sweeps ${source.registryIds.join(', ')} every ${formatDuration(source.everyMs)}`);
    return { name, run: async (signal) => (await askAbout(source.id, http, signal)) ?? well };
  }
  if (source.kind === 'sqs') {
    return {
      name,
      async run(signal) {
        const { probeSqs } = await import('../../sources/sqs/probe-sqs.ts');
        const { waiting, maxReceives } = await probeSqs({ place: source, proxy }, signal);
        const unheard = await askAbout(source.id, http, signal);
        if (unheard !== undefined) return unheard;
        const where = `the queue ${source.queueUrl.host}${source.queueUrl.pathname} is there (${waiting} messages wait)`;
        if (maxReceives !== undefined) return ok(where);
        return warn(`${where}, and has no dead-letter queue`, NO_DEAD_LETTERS);
      },
    };
  }
  if (source.kind === 'pubsub') {
    return {
      name,
      async run(signal) {
        const { probePubsub } = await import('../../sources/pubsub/probe-pubsub.ts');
        const { topic, hasDeadLetters, pushEndpoint } = await probePubsub({ place: source, proxy }, signal);
        if (pushEndpoint !== undefined) return fail(`${source.subscription} pushes, and cannot be pulled`, PUSHES);
        const unheard = await askAbout(source.id, http, signal);
        if (unheard !== undefined) return unheard;
        const where = `the subscription ${source.subscription} of ${topic} is there`;
        return hasDeadLetters ? ok(where) : warn(`${where}, and has no dead-letter topic`, NO_DEAD_LETTER_TOPIC);
      },
    };
  }
  return {
    name,
    async run(signal) {
      const partitions = await probeTopic(source, proxy);
      const unheard = partitions > 0 ? await askAbout(source.id, http, signal) : undefined;
      if (unheard !== undefined) return unheard;
      if (partitions > 0) return ok(`topic ${source.topic} is there, with ${partitions} partitions`);
      return fail(`topic ${source.topic} has no partitions`, 'Create the topic; Lazaret never does.');
    },
  };
}

async function probeTopic(source: KafkaSourceConfig, proxy: Config['proxy'] | undefined): Promise<number> {
  const { probeKafka } = await import('../../sources/kafka/probe-kafka.ts');
  const tokens = createKafkaTokens(source, proxy);
  try {
    // Before the brokers are asked: what is wrong with the token is then said by who gives it.
    await tokens?.read();
    return await probeKafka(source, { logger: silentLogger(), readToken: tokens?.read });
  } finally {
    await tokens?.close();
  }
}

const PUSHES = 'Make another subscription of the topic without a push endpoint, or use `kind: webhook`.';
const NO_DEAD_LETTER_TOPIC =
  'What cannot be read comes again until it is too old. Give it one: gcloud pubsub subscriptions update --dead-letter-topic.';

const NO_DEAD_LETTERS =
  'What cannot be read comes again every minute until it is too old. Give it a redrive policy: see deploy/aws.';

/** What the running daemon has not heard, or could not, within the last day. */
async function askAbout(id: string, http: Config['http'], signal: AbortSignal): Promise<CheckResult | undefined> {
  const problems = await askDaemon(http, id, signal);
  if (problems.length === 0) return undefined;
  const advice = 'Images announced there are not judged: see docs/events.md, and the log of the daemon.';
  return warn(`the running daemon says: ${problems.join('; ')}`, advice);
}
