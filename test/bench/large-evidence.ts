import { monitorEventLoopDelay } from 'node:perf_hooks';
import { createHeavyGate } from '../../src/evidence/heavy-gate.ts';
import { putBundle, putImage } from '../support/memory-artifacts.ts';
import { createMemoryRegistry } from '../support/memory-registry.ts';
import { createKeyPair, createSigstoreWorld } from '../support/sigstore-world.ts';
import { lookAt, openRealThreads, policiesWith } from '../support/threads/real-threads.ts';
import type { Figure } from './report.ts';
import { spreadOf } from './statistics.ts';

const SBOM = 'https://cyclonedx.org/bom';
/** A bundle of about 12 MiB. */
const COMPONENTS = 75_000;
const AT_ONCE = 6;
const MIB = 1024 * 1024;

/** What a bill of materials of 12 MiB costs, alone and on six images at once: time, memory, and the main thread's turn. */
export async function benchLargeEvidence(runs: number): Promise<readonly Figure[]> {
  const key = createKeyPair();
  const signer = `{ key: a.pub }`;
  const policies = policiesWith(`[{ name: sbom, attestation: { type: ${SBOM}, signer: ${signer} } }]`, {
    'a.pub': key.pem,
  });
  const judge = openRealThreads();
  const heavyLooks = createHeavyGate();
  const figures: Figure[] = [];
  try {
    for (const count of [1, AT_ONCE]) {
      const images = Array.from({ length: count }, () => largeImage(key));
      const taken: Taken[] = [];
      for (let run = -1; run < runs; run++) {
        const one = await take(() =>
          Promise.all(images.map(({ registry, image }) => lookAt(registry, image, { judge, policies, heavyLooks }))),
        );
        if (run >= 0) taken.push(one);
      }
      const what = `${count} × a bill of materials of 12 MiB`;
      figures.push({ name: `${what}: to the verdict`, unit: 'ms', ...spreadOf(taken.map(({ ms }) => ms)) });
      figures.push({
        name: `${what}: RSS at most, of the benchmark`,
        unit: 'MiB',
        ...spreadOf(taken.map(({ mib }) => mib)),
      });
      figures.push({ name: `${what}: longest turn`, unit: 'ms', ...spreadOf(taken.map(({ turnMs }) => turnMs)) });
    }
  } finally {
    await judge.stop();
  }
  return figures;
}

function largeImage(key: ReturnType<typeof createKeyPair>) {
  const registry = createMemoryRegistry();
  const image = putImage(registry);
  const components = Array.from({ length: COMPONENTS }, (_, n) => ({
    name: `component-${n}`,
    version: '1.2.3',
    purl: `pkg:generic/acme/component-${n}@1.2.3?arch=amd64`,
  }));
  const identity = { kind: 'key', key } as const;
  const world = createSigstoreWorld();
  putBundle(
    registry,
    image,
    world.attest({ digest: image.digest, identity, predicateType: SBOM, predicate: { components } }),
  );
  return { registry, image };
}

interface Taken {
  readonly ms: number;
  readonly mib: number;
  readonly turnMs: number;
}

async function take(look: () => Promise<unknown>): Promise<Taken> {
  let most = process.memoryUsage.rss();
  const watch = setInterval(() => {
    most = Math.max(most, process.memoryUsage.rss());
  }, 5);
  const turns = monitorEventLoopDelay({ resolution: 1 });
  turns.enable();
  const from = performance.now();
  await look();
  const ms = performance.now() - from;
  turns.disable();
  clearInterval(watch);
  return { ms, mib: most / MIB, turnMs: turns.max / 1e6 };
}
