import { startOlareg } from '../../support/servers/olareg.ts';
import { createSigstoreWorld, type SigstoreWorld } from '../../support/sigstore-world.ts';
import { waitFor } from '../../support/wait-for.ts';
import { type BenchDaemon, startBenchDaemon } from '../bench-daemon.ts';
import { type Announced, deliver } from '../deliver.ts';
import { passedSoFar } from '../passed-so-far.ts';
import type { Build } from './build-revision.ts';

/** What is compared with what. */
export interface Builds {
  readonly base: Build;
  readonly now: Build;
}

/** Both daemons, running. */
export interface World {
  readonly url: string;
  readonly sigstore: SigstoreWorld;
  readonly base: BenchDaemon;
  readonly now: BenchDaemon;
}

/** Where images lie. */
interface Registry {
  readonly url: string;
  stop(): Promise<void>;
}

/** Connections that events are delivered over. */
export const CONNECTIONS = 16;

/** Both daemons in front of one registry, olareg or this one; what they are asked for is the same. */
export async function withBoth(builds: Builds, work: (world: World) => Promise<void>, given?: Registry): Promise<void> {
  const sigstore = createSigstoreWorld();
  const registry = given ?? (await startOlareg());
  const base = await startBenchDaemon(registry.url, sigstore, { launcher: builds.base.launcher });
  try {
    const now = await startBenchDaemon(registry.url, sigstore, { launcher: builds.now.launcher });
    try {
      await work({ url: registry.url, sigstore, base, now });
    } finally {
      await now.stop();
    }
  } finally {
    await base.stop();
    await registry.stop();
  }
}

/** Has a daemon judge images that all pass. */
export async function judgeAll({ daemon, hookUrl }: BenchDaemon, images: readonly Announced[]): Promise<void> {
  const before = await passedSoFar(daemon.url);
  await deliver(hookUrl, images, CONNECTIONS);
  await waitFor(async () => (await passedSoFar(daemon.url)) >= before + images.length, {
    what: 'all images to pass',
    timeoutMs: 600_000,
    // Each look makes the daemon render its metrics and count its jobs.
    intervalMs: 250,
    context: () => daemon.output().slice(-4_000),
  });
}
