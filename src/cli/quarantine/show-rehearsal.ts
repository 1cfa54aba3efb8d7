import type { Config } from '../../config/config.ts';
import { readConfig } from '../../config/read-config.ts';
import { registryName } from '../../domain/registry-name.ts';
import { parseDuration } from '../../kit/duration.ts';
import { InvalidInputError } from '../../kit/errors.ts';
import type { RecordedWrite, RehearsedWrite } from '../../ports/recorded-write.ts';
import type { Records } from '../../records/create-records.ts';
import type { CliContext } from '../cli-context.ts';
import { toCsvText } from '../csv.ts';
import { plainJson } from '../plain-text.ts';
import { openRecord } from './open-record.ts';
import { isRehearsing, readHeld } from './read-held.ts';
import { type Rehearsed, renderRehearsal, summarizeRehearsal } from './render-rehearsal.ts';

/** The options of `quarantine rehearsal`. */
export interface RehearsalOptions {
  readonly config?: string;
  /** How far back, as a duration. */
  readonly since: string;
  readonly output: 'table' | 'json' | 'csv';
}

/**
 * Prints the writes that were put on record instead of being made, oldest first, and those that a limit would still hold.
 * @throws {InvalidInputError} `USAGE_INVALID` @throws {FaultError} of the database
 */
export async function showRehearsal(options: RehearsalOptions, context: CliContext): Promise<void> {
  const sinceMs = parseSince(options.since);
  const config = await readConfig(options.config, context.env);
  const record = await openRecord(config);
  try {
    const since = new Date(Date.now() - sinceMs);
    const writes = record === null ? [] : await readAll(record.records, since, config);
    print(writes, { options, config, context });
  } finally {
    await record?.close();
  }
}

function parseSince(text: string): number {
  const ms = parseDuration(text);
  if (ms !== undefined && ms > 0) return ms;
  throw new InvalidInputError('USAGE_INVALID', `expected a duration for --since, got "${text}"`, [
    { where: '--since', message: 'it is not a duration', hint: 'For example 7d, 24h or 90m.' },
  ]);
}

/** As many as a page of the record holds at most. */
const PAGE = 500;

async function readAll(records: Records, since: Date, config: Config): Promise<readonly Rehearsed[]> {
  const made: RehearsedWrite[] = [];
  let cursor: string | null = null;
  do {
    const asked: Parameters<typeof records.rehearsals.readRehearsed>[0] = {
      since,
      limit: PAGE,
      ...(cursor !== null && { cursor }),
    };
    const page: Awaited<ReturnType<typeof records.rehearsals.readRehearsed>> =
      await records.rehearsals.readRehearsed(asked);
    made.push(...page.writes);
    cursor = page.next;
  } while (cursor !== null);
  const held = await readHeld(records);
  return [
    ...made.toReversed().map((write) => ({ ...describe(write, config), at: write.rehearsedAt.toISOString() })),
    ...held
      .filter(({ registryId }) => isRehearsing(registryId, config))
      .map((write) => ({ ...describe(write, config), at: null, heldBy: write.why })),
  ];
}

const WHAT = { quarantine: 'put on', release: 'taken off', undo: 'put right' } as const;

function describe(write: RecordedWrite, { registries }: Config): Omit<Rehearsed, 'at'> {
  const registry = registries.find(({ id }) => id === write.registryId);
  const host = registry === undefined ? write.registryId : registryName(registry.url);
  const { verdict } = write;
  return {
    what: WHAT[write.kind],
    registry: write.registryId,
    image: `${host}/${write.repository}@${write.digest}`,
    tags: write.tags,
    mark: write.mark,
    outcome: verdict?.outcome ?? null,
    code: verdict?.code ?? 'FALSE_MARK',
    reason: verdict?.reason ?? `Somebody pushed the tag ${write.mark} where it does not belong.`,
    policies: verdict?.policies ?? [],
    plannedAt: write.plannedAt.toISOString(),
    heldBy: null,
  };
}

interface Printed {
  readonly options: RehearsalOptions;
  readonly config: Config;
  readonly context: CliContext;
}

const COLUMNS = ['at', 'what', 'image', 'tags', 'mark', 'outcome', 'code', 'reason', 'policies', 'heldBy'] as const;

function print(writes: readonly Rehearsed[], { options, config, context: { terminal } }: Printed): void {
  const { output, since } = options;
  if (output !== 'table') {
    terminal.out(output === 'json' ? plainJson({ since, writes }, 2) : toCsv(writes));
    return;
  }
  const table = renderRehearsal(writes, terminal);
  if (table !== '') terminal.out(table);
  terminal.err(summarizeRehearsal(writes, since));
  if (config.registries.every(({ id }) => !isRehearsing(id, config))) {
    terminal.err('No registry is rehearsed in by now: `quarantine.mode: rehearse` says which.');
  }
}

function toCsv(writes: readonly Rehearsed[]): string {
  const rows = writes.map((write) =>
    COLUMNS.map((column) => {
      const cell = write[column];
      return typeof cell === 'string' ? cell : (cell ?? []).join(' ');
    }),
  );
  return toCsvText([COLUMNS, ...rows]);
}
