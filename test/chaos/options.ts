import { readNumber, readOneOf, readSomeOf, readSwitch } from '../support/bad-option.ts';
import { BUGS, type Bug, type BugName } from './bugs.ts';

/** What a run is asked for, by the environment: `make chaos SEED=7 BUG=ack-before-commit`. */
export interface ChaosOptions {
  readonly seed: number;
  /** A minute instead of ten. */
  readonly isQuick: boolean;
  readonly bug: BugName | undefined;
  readonly record: RecordKind;
  /** How events reach the daemon, in turns. */
  readonly sources: readonly SourceKind[];
  readonly events: number;
  /** Only faults whose names hold this; empty: all. */
  readonly faults: string;
  /** How long faults are injected, in ms; what is left then must settle. */
  readonly faultsMs: number;
  /** Nothing but `kill -9`, until there were so many; 0: all faults, for their time. */
  readonly kills: number;
}

/**
 * Where the daemon keeps what it knows: its own PostgreSQL, one beside it, or one beside it and Redis for its jobs;
 * `roles`: the same with the daemon divided, into three processes of each role.
 */
export type RecordKind = 'embedded' | 'postgres' | 'redis' | 'roles';

/** How events reach it. */
export type SourceKind = 'webhook' | 'kafka' | 'sqs';

/** From one kill to the next of the same process and back, with two of them at a time. */
const SECONDS_A_KILL = 2;
const SOURCES: readonly SourceKind[] = ['webhook', 'kafka', 'sqs'];
const RECORDS: readonly RecordKind[] = ['embedded', 'postgres', 'redis', 'roles'];

/** Reads them. @throws {BadOption} that names what is wrong and what would be right */
export function readOptions(env: Readonly<Record<string, string | undefined>>): ChaosOptions {
  const isQuick = readSwitch(env, 'QUICK');
  const kills = readNumber(env, 'KILLS', 0);
  const bug = readOneOf(env, 'BUG', Object.keys(BUGS) as BugName[]);
  return {
    isQuick,
    seed: readNumber(env, 'SEED', Date.now() % 1_000_000),
    bug,
    record: readOneOf(env, 'RECORD', RECORDS) ?? (bug && recordOf(BUGS[bug])) ?? 'embedded',
    sources: readSomeOf(env, 'SOURCES', SOURCES) ?? ['webhook'],
    faults: env['FAULTS'] ?? '',
    events: readNumber(env, 'EVENTS', isQuick ? 400 : 10_000),
    faultsMs: 1000 * readNumber(env, 'SECONDS_OF_FAULTS', isQuick ? 25 : kills > 0 ? kills * SECONDS_A_KILL : 300),
    kills,
  };
}

function recordOf(bug: Bug): RecordKind | undefined {
  return bug.record;
}
