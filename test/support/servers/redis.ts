import { freePort } from '../free-port.ts';
import { makeTempDir } from '../temp-dir.ts';
import { type BackendOption, chosenBackend } from './backend.ts';
import { startChild, startRestartable } from './child-process.ts';
import { startContainer } from './container.ts';
import { findRedis } from './native-paths.ts';

export interface RedisOptions extends BackendOption {
  /** Default: a free one. Give the same again to bring a stopped server back (empty). */
  readonly port?: number;
  /** Require this password. */
  readonly password?: string;
}

export interface RedisServer {
  readonly port: number;
  /** `redis://127.0.0.1:PORT`, with the password if there is one. */
  readonly url: string;
  /** Of the native server: kills it, and starts an empty one in its place. */
  restart?(): Promise<void>;
  stop(): Promise<void>;
}

const INSIDE_PORT = 6379;

/** Starts Redis 7 without persistence: it may be wiped at any moment, as Lazaret expects. */
export async function startRedis(options: RedisOptions = {}): Promise<RedisServer> {
  const port = options.port ?? (await freePort());
  const url = `redis://${options.password === undefined ? '' : `:${encodeURIComponent(options.password)}@`}127.0.0.1:${port}`;
  const settings = [
    ...['--save', '', '--appendonly', 'no', '--protected-mode', 'no'],
    ...(options.password === undefined ? [] : ['--requirepass', options.password]),
  ];
  const backend = options.backend ?? chosenBackend();
  const running = await (backend === 'docker' ? startInDocker(port, settings) : startNatively(port, settings));
  return { port, url, ...running };
}

type Running = Pick<RedisServer, 'restart' | 'stop'>;

async function startNatively(port: number, settings: string[]): Promise<Running> {
  const program = findRedis();
  if (program === undefined) throw new Error('redis-server is not there: run bin/fetch-test-servers redis');
  const temp = await makeTempDir('redis');
  try {
    const start = () =>
      startChild({
        name: 'redis-server',
        command: program.path,
        args: ['--port', String(port), '--bind', '127.0.0.1', '--dir', temp.path, ...settings],
        env: program.env,
        ready: (output) => output.includes('Ready to accept connections'),
      });
    const child = await startRestartable(start);
    return { restart: child.restart, stop: () => child.stop().finally(() => temp.remove()) };
  } catch (error) {
    await temp.remove();
    throw error;
  }
}

async function startInDocker(port: number, settings: string[]): Promise<Running> {
  const container = await startContainer({
    image: 'redis:7-alpine',
    ports: [{ container: INSIDE_PORT, host: port }],
    command: ['redis-server', ...settings],
    ready: { log: /Ready to accept connections/ },
  });
  return { stop: container.stop };
}
