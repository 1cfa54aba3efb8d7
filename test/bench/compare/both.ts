import { setTimeout as delay } from 'node:timers/promises';
import { startOlareg } from '../../support/servers/olareg.ts';
import { createSigstoreWorld, type SigstoreWorld } from '../../support/sigstore-world.ts';
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

const TIMEOUT_MS = 600_000;
/** How long nobody looks, at most and at least. */
const MOST_MS = 1_000;
const LEAST_MS = 25;

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

/**
 * Has a daemon judge images that all pass. Each look at how far it is makes it render its metrics and count its jobs, so it
 * is looked at after half of what is left will take at the rate so far: seldom at first, and often when it is nearly done.
 */
export async function judgeAll({ daemon, hookUrl }: BenchDaemon, images: readonly Announced[]): Promise<void> {
  const before = await passedSoFar(daemon.url);
  const from = performance.now();
  await deliver(hookUrl, images, CONNECTIONS);
  for (;;) {
    const done = (await passedSoFar(daemon.url)) - before;
    if (done >= images.length) return;
    const took = performance.now() - from;
    if (took > TIMEOUT_MS)
      throw new Error(`${done} images passed of ${images.length}\n${daemon.output().slice(-4_000)}`);
    const leftMs = (took * (images.length - done)) / Math.max(1, done);
    await delay(Math.min(MOST_MS, Math.max(LEAST_MS, leftMs / 2)));
  }
}
