import { type Spread, showSpread, spreadOf } from '../statistics.ts';

/** What is compared. More is better of a rate, less of everything else. */
const METRICS = {
  daemonCpuPerVerdict: 'CPU per cold verdict, daemon, ms',
  postgresCpuPerVerdict: 'CPU per cold verdict, PostgreSQL, ms',
  verdictsPerSecond: 'cold verdicts per second, whole machine',
  eventsPerSecond: 'events per second, 16 connections, each image looked for meanwhile',
  cpuPerEvent: 'CPU per such event and the look for its image, daemon, ms',
  postgresCpuPerEvent: 'the same, PostgreSQL, ms',
  ackP95: 'event to 202 at 100 events/s, p95, ms',
  cpuPerRepeat: 'CPU per repeated event, daemon, ms',
  postgresCpuPerRepeat: 'CPU per repeated event, PostgreSQL, ms',
  repeatsPerSecond: 'repeated events per second, 16 connections',
  idleCpu: 'idle CPU, daemon, %',
  idlePostgresCpu: 'idle CPU, PostgreSQL, %',
  rssIdle: 'RSS idle, MiB',
  rssLoaded: 'RSS after 10,000 cold verdicts, MiB',
  rssGrowth: 'the most after further ten thousands, as part of that',
  start: 'start to ready, initialised folder, ms',
  startCpu: 'CPU of a start, daemon, ms',
  sweepCpu: 'CPU of a sweep in which nothing has changed, daemon, s',
  sweepPostgresCpu: 'the same, PostgreSQL, s',
} as const;

/** One of them, as `--json` calls it. */
export type Metric = keyof typeof METRICS;

/** What one turn of one side came to. */
export type Turn = Partial<Record<Metric, number>>;

/** Both sides of every turn, by metric in the order of the table. */
export class Samples {
  readonly #taken = new Map<Metric, { readonly base: number[]; readonly now: number[] }>();

  /** Takes what both sides came to in one turn. */
  add(base: Turn, now: Turn): void {
    for (const metric of Object.keys(METRICS) as Metric[]) {
      const [one, other] = [base[metric], now[metric]];
      if (one === undefined || other === undefined) continue;
      const kept = this.#taken.get(metric) ?? { base: [], now: [] };
      kept.base.push(one);
      kept.now.push(other);
      this.#taken.set(metric, kept);
    }
  }

  /** Prints the rows of a Markdown table, or one JSON object a line. */
  print(json: boolean): void {
    for (const [metric, { base, now }] of this.#taken) {
      const ratio = spreadOf(now.map((value, turn) => value / (base[turn] ?? Number.NaN)));
      console.log(json ? toJson(metric, base, now, ratio) : toRow(metric, base, now, ratio));
    }
  }
}

function toJson(metric: Metric, base: readonly number[], now: readonly number[], ratio: Spread): string {
  const { median, least, most } = ratio;
  return JSON.stringify({
    metric,
    base: spreadOf(base).median,
    now: spreadOf(now).median,
    ratio: median,
    least,
    most,
    turns: now.length,
  });
}

function toRow(metric: Metric, base: readonly number[], now: readonly number[], ratio: Spread): string {
  return `| ${METRICS[metric]} | ${showSpread(spreadOf(base))} | ${showSpread(spreadOf(now))} | ${showSpread(ratio)} |`;
}
