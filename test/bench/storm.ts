import { readStorm, unleash } from '../support/event-storm.ts';
import { startOlareg } from '../support/servers/olareg.ts';
import { createSigstoreWorld } from '../support/sigstore-world.ts';
import { waitFor } from '../support/wait-for.ts';
import { startBenchDaemon } from './bench-daemon.ts';
import { passedSoFar } from './passed-so-far.ts';
import { childrenCpuMsOf, cpuMsOf, rssMbOf } from './process-usage.ts';
import { pushSigned } from './push-signed.ts';
import type { Figure } from './report.ts';
import { spreadOf } from './statistics.ts';

const IMAGES = 1_000;
const EVENTS = 100_000;
/** All of them within a minute. */
const PER_SECOND = 1_700;
const CONNECTIONS = 64;
const LOOK_MS = 250;

/** Events by the hundred thousand about a thousand new images, all counted: answers, rows, looks. */
export async function benchStorm(runs: number): Promise<readonly Figure[]> {
  const storms: Readonly<Record<string, number>>[] = [];
  for (let run = 0; run < runs; run += 1) storms.push(await measureStorm());
  return Object.entries(UNITS).map(([name, unit]) => {
    return { name, unit, ...spreadOf(storms.map((storm) => storm[name] ?? Number.NaN)) };
  });
}

const UNITS = {
  'events announced': '',
  'acknowledged with 202': '',
  'put off with 503 and Retry-After': '',
  'answered otherwise': '',
  'connections cut off': '',
  'to the last acknowledgement': 's',
  'to the last verdict': 's',
  'events on record': '',
  'images that passed': '',
  'looks at images': '',
  'looks at one image, at most': '',
  'RSS at most, daemon': 'MiB',
  'CPU per event, daemon': 'ms',
  'CPU per event, PostgreSQL': 'ms',
} as const;

async function measureStorm(): Promise<Readonly<Record<keyof typeof UNITS, number>>> {
  const registry = await startOlareg();
  const sigstore = createSigstoreWorld();
  const bench = await startBenchDaemon(registry.url, sigstore);
  const { daemon } = bench;
  let rss = 0;
  const watch = setInterval(() => {
    rss = Math.max(rss, rssMbOf(daemon.pid));
  }, LOOK_MS);
  try {
    const images = await pushSigned(registry.url, sigstore, { repository: 'bench/storm', count: IMAGES });
    const events = Array.from({ length: EVENTS / IMAGES }, () => images).flat();
    const before = { daemon: cpuMsOf(daemon.pid), postgres: childrenCpuMsOf(daemon.pid) };
    const from = performance.now();
    const answers = await unleash(bench.hookUrl, events, { connections: CONNECTIONS, perSecond: PER_SECOND });
    for (const wrong of new Set([...answers.wrong, ...answers.resets])) console.error(`answered otherwise: ${wrong}`);
    const answeredS = (performance.now() - from) / 1_000;
    await waitFor(async () => (await passedSoFar(daemon.url)) >= IMAGES, {
      what: 'all images to pass',
      timeoutMs: 300_000,
      intervalMs: LOOK_MS,
      context: () => daemon.output().slice(-4_000),
    });
    const judgedS = (performance.now() - from) / 1_000;
    const record = await readStorm(bench.dataDir);
    return {
      'events announced': events.length,
      'acknowledged with 202': answers.accepted,
      'put off with 503 and Retry-After': answers.putOff,
      'answered otherwise': answers.wrong.length,
      'connections cut off': answers.resets.length,
      'to the last acknowledgement': answeredS,
      'to the last verdict': judgedS,
      'events on record': record.events,
      'images that passed': record.passed,
      'looks at images': record.looks,
      'looks at one image, at most': record.mostLooks,
      'RSS at most, daemon': rss,
      'CPU per event, daemon': (cpuMsOf(daemon.pid) - before.daemon) / EVENTS,
      'CPU per event, PostgreSQL': (childrenCpuMsOf(daemon.pid) - before.postgres) / EVENTS,
    };
  } finally {
    clearInterval(watch);
    await bench.stop();
    await registry.stop();
  }
}
