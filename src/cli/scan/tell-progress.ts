import type { Terminal } from '../terminal.ts';
import { countOutcomes } from './scan-outcome.ts';
import type { ScanProgress } from './scan-progress.ts';

/** Shows how far a scan is, until it is stopped. */
export interface ProgressTeller {
  stop(): void;
}

/** Fast enough to look alive, and cheap beside thousands of images. */
const REDRAW_MS = 200;
/** In somebody's log, a line now and then shows that it goes on. */
const LINE_MS = 30_000;

/** On a terminal a bar with rate, outcomes and time left; elsewhere a plain line now and then. */
export function tellProgress(
  progress: ScanProgress,
  terminal: Pick<Terminal, 'err' | 'status' | 'width'>,
): ProgressTeller {
  const from = performance.now();
  const { status } = terminal;
  // What an earlier scan had judged says nothing about how fast this one is.
  const settledBefore = progress.counts().settled;
  const line = (width: number): string =>
    describeProgress(progress, { elapsedMs: performance.now() - from, width, settledBefore });
  const tell = status === undefined ? () => terminal.err(line(0)) : () => status(line(BAR_WIDTH));
  const timer = setInterval(tell, status === undefined ? LINE_MS : REDRAW_MS);
  return {
    stop() {
      clearInterval(timer);
      status?.('');
    },
  };
}

const BAR_WIDTH = 20;
/** Before this the rate of the first few images says nothing. */
const STEADY_MS = 3_000;

/** One line: how many of those found so far, how fast, what they came to, and how long it may take. */
export function describeProgress(
  progress: Pick<ScanProgress, 'counts' | 'outcome'>,
  {
    elapsedMs,
    width,
    settledBefore = 0,
  }: { readonly elapsedMs: number; readonly width: number; readonly settledBefore?: number },
): string {
  const { found, settled } = progress.counts();
  const rate = (settled - settledBefore) / Math.max(elapsedMs / 1000, 0.001);
  const parts = [`${settled.toLocaleString('en')} of ${found.toLocaleString('en')} images`];
  if (elapsedMs >= STEADY_MS) parts.push(`${rate.toFixed(rate < 10 ? 1 : 0)}/s`);
  const outcomes = Object.entries(countOutcomes(progress.outcome().images));
  if (outcomes.length > 0) parts.push(outcomes.map(([outcome, count]) => `${outcome} ${count}`).join(', '));
  if (elapsedMs >= STEADY_MS && rate > 0 && found > settled) parts.push(`${timeLeft((found - settled) / rate)} left`);
  const full = found === 0 ? 0 : Math.round((width * settled) / found);
  const bar = width === 0 ? '' : `[${'#'.repeat(full)}${'.'.repeat(width - full)}] `;
  return `${bar}${parts.join(' · ')}`;
}

function timeLeft(seconds: number): string {
  if (seconds < 60) return `${Math.ceil(seconds)} s`;
  const minutes = Math.ceil(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
