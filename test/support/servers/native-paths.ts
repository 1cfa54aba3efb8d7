import { accessSync, constants, existsSync, readdirSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Where `bin/fetch-test-servers` puts what it fetched. */
const SERVERS_DIR = join(import.meta.dirname, '../../../.cache/servers');

/** A part that runs natively. */
export type NativePart =
  | 'registry'
  | 'redis'
  | 'postgres'
  | 'pgbouncer'
  | 'olareg'
  | 'kafka'
  | 'moto'
  | 'elasticmq'
  | 'gitea';

/** How to run a program that may have been unpacked beside its libraries rather than installed. */
export interface NativeProgram {
  readonly path: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Debian's distribution 2.8. Undefined when neither installed nor fetched. */
export function findRegistry(): NativeProgram | undefined {
  return installed('docker-registry') ?? unpacked('docker-registry', 'usr/bin/docker-registry');
}

/** Redis 7. */
export function findRedis(): NativeProgram | undefined {
  return installed('redis-server') ?? unpacked('redis-server', 'usr/bin/redis-server');
}

/** PgBouncer. */
export function findPgBouncer(): NativeProgram | undefined {
  return installed('pgbouncer') ?? unpacked('pgbouncer', 'usr/sbin/pgbouncer');
}

/** olareg, built by Go. */
export function findOlareg(): NativeProgram | undefined {
  const [folder] = list(SERVERS_DIR).filter((name) => /^olareg-v[\d.]+$/.test(name));
  return folder === undefined ? undefined : runnable(join(SERVERS_DIR, folder, 'olareg'));
}

/** Gitea, built by Go; its templates lie beside it. */
export function findGitea(): NativeProgram | undefined {
  const [folder] = list(SERVERS_DIR).filter((name) => /^gitea-v[\d.]+$/.test(name));
  return folder === undefined ? undefined : runnable(join(SERVERS_DIR, folder, 'gitea'));
}

/** The folder of `initdb` and `postgres` (14 or later), with its environment: `path` is the folder. */
export function findPostgres(): NativeProgram | undefined {
  const versions = list('/usr/lib/postgresql').filter((version) => Number(version) >= 14);
  for (const version of versions.toSorted((a, b) => Number(b) - Number(a))) {
    const path = `/usr/lib/postgresql/${version}/bin`;
    if (existsSync(join(path, 'initdb'))) return { path, env: {} };
  }
  const [fetched] = list(join(SERVERS_DIR, 'debian')).filter((name) => /^postgresql-\d+$/.test(name));
  if (fetched === undefined) return undefined;
  const program = unpacked(fetched, `usr/lib/postgresql/${fetched.slice('postgresql-'.length)}/bin/initdb`);
  return program && { path: join(program.path, '..'), env: program.env };
}

/** Java 17 or later, and the folder of a server's jars. */
export interface JavaServer {
  readonly java: string;
  readonly jars: string;
}

/** Apache Kafka's broker. */
export function findKafka(): JavaServer | undefined {
  return findJars('kafka');
}

/** ElasticMQ. */
export function findElasticMq(): JavaServer | undefined {
  return findJars('elasticmq');
}

/** The Python that has moto. */
export function findMoto(): NativeProgram | undefined {
  const [folder] = list(SERVERS_DIR).filter((name) => /^moto-[\d.]+$/.test(name));
  return folder === undefined ? undefined : runnable(join(SERVERS_DIR, folder, 'bin/python3'));
}

/** Why a native part is not there, in words; undefined when it is. */
export function nativeProblem(part: NativePart): string | undefined {
  const found = {
    registry: findRegistry,
    redis: findRedis,
    postgres: findPostgres,
    pgbouncer: findPgBouncer,
    olareg: findOlareg,
    kafka: findKafka,
    moto: findMoto,
    elasticmq: findElasticMq,
    gitea: findGitea,
  };
  if (found[part]() !== undefined) return undefined;
  const note = join(SERVERS_DIR, `${part}.missing`);
  return existsSync(note) ? readFileSync(note, 'utf8').trim() : `not fetched yet: run bin/fetch-test-servers ${part}`;
}

function findJars(part: string): JavaServer | undefined {
  const [folder] = list(SERVERS_DIR).filter(
    (name) => name.startsWith(`${part}-`) && /^[\d.]+$/.test(name.slice(part.length + 1)),
  );
  const java = findJava();
  if (folder === undefined || java === undefined) return undefined;
  const jars = join(SERVERS_DIR, folder, 'lib');
  return existsSync(jars) ? { java, jars } : undefined;
}

function findJava(): string | undefined {
  const home = process.env['JAVA_HOME'];
  if (home !== undefined && existsSync(join(home, 'bin/java'))) return join(home, 'bin/java');
  return installed('java')?.path;
}

function installed(name: string): NativeProgram | undefined {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const program = folder === '' ? undefined : runnable(join(folder, name));
    if (program !== undefined) return program;
  }
  return undefined;
}

function unpacked(debianPackage: string, path: string): NativeProgram | undefined {
  const root = join(SERVERS_DIR, 'debian', debianPackage);
  const program = runnable(join(root, path));
  if (program === undefined) return undefined;
  const libraries = [
    ...list(join(root, 'usr/lib'))
      .filter((name) => name.endsWith('-linux-gnu'))
      .map((name) => join(root, 'usr/lib', name)),
    ...list(join(root, 'lib'))
      .filter((name) => name.endsWith('-linux-gnu'))
      .map((name) => join(root, 'lib', name)),
  ];
  return { path: program.path, env: libraries.length > 0 ? { LD_LIBRARY_PATH: libraries.join(delimiter) } : {} };
}

function runnable(path: string): NativeProgram | undefined {
  try {
    accessSync(path, constants.X_OK);
    return { path, env: {} };
  } catch {
    return undefined;
  }
}

function list(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}
