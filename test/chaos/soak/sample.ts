import { readdirSync, readFileSync } from 'node:fs';
import { rssMbOf } from '../../bench/process-usage.ts';
import { BadOption } from '../../support/bad-option.ts';
import type { ChaosWorld } from '../chaos-world.ts';
import { countQueue, countRecord, withRecord } from '../count-stored.ts';

/** What a daemon and its stores came to at one moment. */
export interface Sample {
  /** Since the start of the run, in ms. */
  readonly at: number;
  /** The process: another after each restart. */
  readonly pid: number;
  /** Accepted so far. */
  readonly events: number;
  readonly rssMiB: number;
  /** Open files and sockets of the daemon. */
  readonly handles: number;
  /** Of the record, by table. */
  readonly rows: Readonly<Record<string, number>>;
  /** In Redis, else rows of the queue in PostgreSQL. */
  readonly queueKeys: number;
}

/** Measures now; `undefined` while a fault keeps one of the parts from answering. */
export async function takeSample(world: ChaosWorld, at: number, events: number): Promise<Sample | undefined> {
  const { pid } = world.daemon();
  try {
    const stored = await withRecord(world, async (client) => {
      return { rows: await countRecord(client), queueKeys: await countQueue(world, client) };
    });
    return { at, pid, events, rssMiB: rssMbOf(pid), handles: readdirSync(`/proc/${pid}/fd`).length, ...stored };
  } catch {
    return undefined;
  }
}

/** The samples of a file, one a line; a last line that was cut off is none. @throws {BadOption} if it has none */
export function readSamples(file: string): readonly Sample[] {
  const lines = linesOf(file).filter((line) => line.endsWith('}'));
  if (lines.length === 0) throw new BadOption(`SAMPLES: expected a file of samples, got "${file}"`);
  return lines.map((line) => JSON.parse(line) as Sample);
}

function linesOf(file: string): readonly string[] {
  try {
    return readFileSync(file, 'utf8').split('\n');
  } catch {
    return [];
  }
}
