import { afterAll, beforeAll, expect, it } from 'vitest';
import { type BenchDaemon, startBenchDaemon } from '../bench/bench-daemon.ts';
import { pushSigned } from '../bench/push-signed.ts';
import { readStorm, type StormImage, unleash } from '../support/event-storm.ts';
import { describeWithPart } from '../support/parts.ts';
import { type Olareg, startOlareg } from '../support/servers/olareg.ts';
import { createSigstoreWorld } from '../support/sigstore-world.ts';
import { waitFor } from '../support/wait-for.ts';

const IMAGES = 20;
const TIMES = 100;
/** More than the receivers take at a time. */
const CONNECTIONS = 400;

describeWithPart(['olareg'], 'a storm of events about a few images', () => {
  let registry: Olareg;
  let bench: BenchDaemon;
  let images: readonly StormImage[];
  beforeAll(async () => {
    const sigstore = createSigstoreWorld();
    registry = await startOlareg();
    bench = await startBenchDaemon(registry.url, sigstore, { fromSources: true });
    images = await pushSigned(registry.url, sigstore, { repository: 'bench/storm', count: IMAGES });
  });
  afterAll(async () => {
    await bench?.stop();
    await registry?.stop();
  });

  it('Q2, E5: is acknowledged or put off, never cut off; every event is on record, and each image looked at once, or once more', async () => {
    const events = Array.from({ length: TIMES }, () => images).flat();
    const answers = await unleash(bench.hookUrl, events, { connections: CONNECTIONS });
    expect(answers).toMatchObject({ accepted: events.length, wrong: [], resets: [] });
    const record = await waitFor(
      async () => {
        const found = await readStorm(bench.dataDir);
        return found.passed === IMAGES ? found : undefined;
      },
      { what: 'all images to pass', timeoutMs: 60_000, context: () => bench.daemon.output().slice(-4_000) },
    );
    expect(record.events).toBe(events.length);
    expect(record.mostLooks).toBeLessThanOrEqual(2);
  });
});
