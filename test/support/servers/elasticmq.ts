import { join } from 'node:path';
import { freePort } from '../free-port.ts';
import { startChild } from './child-process.ts';
import { findElasticMq } from './native-paths.ts';

export interface ElasticMq {
  /** `http://127.0.0.1:PORT`, for the SDK's `endpoint`. It believes every credential. */
  readonly url: string;
  readonly port: number;
  stop(): Promise<void>;
}

const PROGRAM = join(import.meta.dirname, 'ElasticMq.java');
/** Small and quick to start rather than quick under load. */
const JVM = [
  '-Xmx256m',
  '-XX:TieredStopAtLevel=1',
  '-XX:+UseSerialGC',
  '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
];

/**
 * Starts ElasticMQ, natively under either backend: queues in memory whose messages are hidden, come back and move to
 * dead-letter queues by its own clock, as in SQS.
 */
export async function startElasticMq(): Promise<ElasticMq> {
  const found = findElasticMq();
  if (found === undefined) throw new Error('ElasticMQ is not there: run bin/fetch-test-servers elasticmq');
  const port = await freePort();
  const child = await startChild({
    name: 'elasticmq',
    command: found.java,
    args: [...JVM, '-cp', join(found.jars, '*'), PROGRAM, String(port)],
    ready: (output) => output.includes('ElasticMQ started'),
    timeoutMs: 60_000,
  });
  return { url: `http://127.0.0.1:${port}`, port, stop: child.stop };
}
