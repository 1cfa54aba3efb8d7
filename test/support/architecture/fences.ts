/** What the files of one place may import. Their own place is always among it. */
export interface Fence {
  /** Other places of ours: paths below `src`, or `workers`. */
  readonly ours: readonly string[];
  /** Packages, by name. */
  readonly packages: readonly string[];
  /** Modules of Node, without `node:`; `any` outside the pure core. */
  readonly node: readonly string[] | 'any';
}

// What computes and does nothing else: no I/O, no timers, no network, whatever Node would offer.
const pure = (ours: readonly string[], packages: readonly string[] = [], node: readonly string[] = []): Fence => ({
  ours,
  packages,
  node,
});
// The adapters: all of Node, and the part of the ground floor that waits, reads and writes.
const worldly = (ours: readonly string[], packages: readonly string[] = []): Fence => ({
  ours: ['kit/io', ...ours],
  packages,
  node: 'any',
});

const FLOOR = ['kit', 'domain'];
const BASE = [...FLOOR, 'ports'];

/**
 * Who may import whom: all that is not named is refused. A file belongs to the longest path here that it lies under, so
 * that sinks and sources, each with a row of its own, do not see each other. The table in `ARCHITECTURE.md` says the same.
 */
export const FENCES: Readonly<Record<string, Fence>> = {
  kit: pure([], ['yaml', 'zod'], ['crypto', 'net', 'util']),
  'kit/io': worldly(['kit'], ['undici']),
  domain: pure(['kit'], [], ['crypto', 'net']),
  ports: pure(FLOOR),
  verification: pure(
    FLOOR,
    ['@noble/curves', '@sigstore/bundle', '@sigstore/core', '@sigstore/protobuf-specs', '@sigstore/verify'],
    ['buffer', 'crypto', 'module'],
  ),
  // `module` loads the engine of conditions only where a policy has one; above, curves only where a signature needs them.
  policy: pure(FLOOR, ['@bufbuild/cel', 're2js', 'zod'], ['crypto', 'module']),
  evidence: pure(BASE, ['lru-cache'], ['buffer']),
  quarantine: pure(BASE),
  intake: pure([...BASE, 'quarantine']),
  pipeline: pure(
    [...BASE, 'intake', 'evidence', 'verification', 'policy', 'quarantine', 'notify'],
    ['pino'],
    ['crypto'],
  ),
  workers: worldly([...BASE, 'queue', 'threads', 'pipeline']),
  // AWS's SDK is loaded only where a registry of ECR or a queue of SQS is configured.
  egress: worldly(FLOOR, ['@aws-sdk/client-ecr', '@aws-sdk/credential-providers', '@smithy/signature-v4', 'undici']),
  registry: worldly([...BASE, 'egress'], ['@aws-sdk/client-ecr', 'lru-cache', 'undici']),
  trust: worldly([...BASE, 'egress'], ['pino', 'tuf-js', 'undici', 'zod']),
  notify: worldly([...BASE, 'egress'], ['undici']),
  'notify/render': pure(FLOOR),
  'notify/slack': worldly([...BASE, 'notify', 'notify/render']),
  'notify/email': worldly([...BASE, 'notify', 'notify/render'], ['nodemailer']),
  records: worldly(BASE, ['kysely', 'pg', 'pino', 'zod']),
  queue: worldly(BASE, ['bullmq', 'ioredis', 'pg', 'pino', 'zod']),
  sources: worldly(BASE),
  'sources/dialects': pure(FLOOR),
  'sources/webhook': worldly([...BASE, 'sources', 'sources/dialects'], ['fastify', 'jose', 'lru-cache', 'pino']),
  'sources/kafka': worldly([...BASE, 'sources', 'sources/dialects'], ['hysnappy', 'kafkajs', 'pino']),
  'sources/poll': worldly([...BASE, 'sources', 'sources/dialects'], ['pino']),
  'sources/queue': worldly([...BASE, 'egress', 'sources', 'sources/queue', 'sources/dialects'], ['pino']),
  'sources/sqs': worldly(
    [...BASE, 'egress', 'sources', 'sources/queue', 'sources/dialects'],
    ['@aws-sdk/client-sqs', 'pino'],
  ),
  'sources/pubsub': worldly([...BASE, 'egress', 'sources', 'sources/queue', 'sources/dialects'], ['jose', 'pino']),
  threads: worldly(BASE),
  api: worldly(BASE, ['fastify', 'pino', 'zod']),
  telemetry: worldly(BASE, ['pino', 'pino-pretty', 'prom-client']),
  config: worldly([...FLOOR, 'policy'], ['zod']),
};

/** Places from which everything of ours may be imported: where the parts are put together, and the command line. */
export const FREE: readonly string[] = ['cli', 'compose', 'compose.ts', 'lifecycle.ts', 'main.ts', 'serve.ts'];

/** Files that gather others of their folder, which may not import each other. */
export const GATHERERS: readonly string[] = ['sources/dialects/dialects.ts', 'policy/provenance/producers.ts'];
