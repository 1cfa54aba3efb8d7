import type { Member } from './member.ts';

/** What processes of an old build did on a schema that is newer than theirs. */
export interface OldAtWork {
  readonly verdicts: number;
  /** What the database did not let them do: each kind of it once, with how often. */
  readonly refused: readonly string[];
}

/** A wrong statement (42), one that breaks a rule of a table (23), or a plan that is no longer right (0A). */
const SCHEMA_TROUBLE = /^(?:42|23|0A)/;

/** From now on, until what it returns is called. */
export function oldAtWork(members: readonly Member[]): () => OldAtWork {
  const watched = members.map(({ daemon }) => ({ daemon: daemon(), from: daemon().logs().length }));
  return () => {
    const lines = watched.flatMap(({ daemon, from }) => daemon.logs().slice(from));
    const refused = Map.groupBy(lines.flatMap(troubleOf), (words) => words);
    return {
      verdicts: lines.filter(({ msg }) => msg === 'verdict').length,
      refused: [...refused].map(([words, all]) => `${words} (${all.length} times)`),
    };
  };
}

function troubleOf({ msg, err }: Readonly<Record<string, unknown>>): readonly string[] {
  for (let here = err; isRecord(here); here = here['cause']) {
    const { code, message } = here;
    if (typeof code === 'string' && code.length === 5 && SCHEMA_TROUBLE.test(code)) {
      return [`${String(msg)}: ${String(message)} (${code})`];
    }
  }
  return [];
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
