import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from '../free-port.ts';
import { makeTempDir } from '../temp-dir.ts';
import { type BackendOption, chosenBackend } from './backend.ts';
import { startChild, startRestartable } from './child-process.ts';
import { startContainer } from './container.ts';
import { findKafka } from './native-paths.ts';

export interface KafkaOptions extends BackendOption {
  /** Default: a free one. */
  readonly port?: number;
  /** Whether a topic comes into being when first used; default true. */
  readonly autoCreateTopics?: boolean;
  /**
   * Present: clients log in by SASL OAUTHBEARER, with tokens that nobody signed (Kafka's own validator for tests), and
   * log in again before so many milliseconds are over.
   */
  readonly tokens?: { readonly reauthMs: number };
}

export interface KafkaBroker {
  /** `127.0.0.1:PORT`. */
  readonly brokers: readonly [string];
  readonly port: number;
  /** Of the native broker: kills it, and starts it again with all that it holds. */
  restart?(): Promise<void>;
  stop(): Promise<void>;
}

const IMAGE = 'apache/kafka:4.1.0';
const READY = /Kafka Server started/;
/** Small and quick to start rather than quick under load. */
const JVM = [
  '-Xmx512m',
  '-XX:TieredStopAtLevel=1',
  '-XX:+UseSerialGC',
  '-Dorg.slf4j.simpleLogger.defaultLogLevel=info',
];
const run = promisify(execFile);

/** Starts a real Apache Kafka 4.1 broker (KRaft, one node, plain text). */
export async function startKafka(options: KafkaOptions = {}): Promise<KafkaBroker> {
  const port = options.port ?? (await freePort());
  const backend = options.backend ?? chosenBackend();
  const running = await (backend === 'docker' ? startInDocker(options, port) : startNatively(options, port));
  return { brokers: [`127.0.0.1:${port}`], port, ...running };
}

type Running = Pick<KafkaBroker, 'restart' | 'stop'>;

async function startNatively(options: KafkaOptions, port: number): Promise<Running> {
  const found = findKafka();
  if (found === undefined) throw new Error('Kafka is not there: run bin/fetch-test-servers kafka');
  const temp = await makeTempDir('kafka');
  try {
    const settings = join(temp.path, 'server.properties');
    const listen = {
      client: `127.0.0.1:${port}`,
      controller: `127.0.0.1:${await freePort()}`,
      internal: `127.0.0.1:${await freePort()}`,
      advertised: port,
    };
    await writeFile(settings, asProperties({ ...properties(options, listen), 'log.dirs': join(temp.path, 'log') }));
    const java = [...JVM, '-cp', join(found.jars, '*')];
    // In one argument: one id in 64 begins with a dash, and would be taken for an option.
    const cluster = randomBytes(16).toString('base64url');
    await run(found.java, [...java, 'kafka.tools.StorageTool', 'format', `--cluster-id=${cluster}`, '-c', settings]);
    const start = () =>
      startChild({
        name: 'kafka',
        command: found.java,
        args: [...java, 'kafka.Kafka', settings],
        ready: (output) => READY.test(output),
        timeoutMs: 60_000,
      });
    const child = await startRestartable(start);
    return { restart: child.restart, stop: () => child.stop().finally(() => temp.remove()) };
  } catch (error) {
    await temp.remove();
    throw error;
  }
}

async function startInDocker(options: KafkaOptions, port: number): Promise<Running> {
  const listen = {
    client: '0.0.0.0:9092',
    controller: '127.0.0.1:9093',
    internal: '127.0.0.1:9094',
    advertised: port,
  };
  const entries = Object.entries(properties(options, listen));
  const container = await startContainer({
    image: IMAGE,
    ports: [{ container: 9092, host: port }],
    env: Object.fromEntries(
      entries.map(([name, value]) => [`KAFKA_${name.toUpperCase().replaceAll('.', '_')}`, value]),
    ),
    ready: { log: READY },
  });
  return { stop: container.stop };
}

/** All of them at once: one variable switches the image's own defaults off. */
function properties(
  options: KafkaOptions,
  listen: { client: string; controller: string; internal: string; advertised: number },
): Record<string, string> {
  return {
    ...commonProperties(options, listen),
    ...(options.tokens !== undefined && tokenProperties(options.tokens, listen)),
  };
}

const LOGIN_MODULE = 'org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule';

/** A listener for clients with tokens, and one without for the broker itself. */
function tokenProperties(
  { reauthMs }: NonNullable<KafkaOptions['tokens']>,
  { client, controller, internal, advertised }: Parameters<typeof properties>[1],
): Record<string, string> {
  return {
    listeners: `CLIENT://${client},INTERNAL://${internal},CONTROLLER://${controller}`,
    'advertised.listeners': `CLIENT://127.0.0.1:${advertised},INTERNAL://${internal}`,
    'listener.security.protocol.map': 'CLIENT:SASL_PLAINTEXT,INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'inter.broker.listener.name': 'INTERNAL',
    'sasl.enabled.mechanisms': 'OAUTHBEARER',
    'listener.name.client.oauthbearer.sasl.jaas.config': `${LOGIN_MODULE} required unsecuredLoginStringClaim_sub="broker";`,
    'connections.max.reauth.ms': String(reauthMs),
  };
}

function commonProperties(options: KafkaOptions, listen: Parameters<typeof properties>[1]): Record<string, string> {
  return {
    'process.roles': 'broker,controller',
    'node.id': '1',
    listeners: `PLAINTEXT://${listen.client},CONTROLLER://${listen.controller}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${listen.advertised}`,
    'controller.listener.names': 'CONTROLLER',
    'controller.quorum.voters': `1@${listen.controller}`,
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'inter.broker.listener.name': 'PLAINTEXT',
    'offsets.topic.replication.factor': '1',
    'offsets.topic.num.partitions': '1',
    'transaction.state.log.replication.factor': '1',
    'transaction.state.log.min.isr': '1',
    'group.initial.rebalance.delay.ms': '0',
    'auto.create.topics.enable': String(options.autoCreateTopics ?? true),
  };
}

function asProperties(values: Record<string, string>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}
