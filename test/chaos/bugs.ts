import type { RecordKind } from './options.ts';

/** One change of the source, made while the daemon loads it: the fault that a run must find. */
export interface Bug {
  /** Relative to `src`. */
  readonly file: string;
  readonly replace: string;
  readonly by: string;
  /** The invariants one of which must break. */
  readonly breaks: readonly string[];
  /** Where it can show; absent: anywhere. */
  readonly record?: RecordKind;
}

/** Faults of Lazaret's own that are put into it on purpose, to see that a run finds them. */
export const BUGS = {
  /** What was promised is on no disk yet. */
  'ack-before-commit': {
    file: 'sources/webhook/take-delivery.ts',
    replace: 'await deps.receiver.receive({ sourceId: id, registryIds }, events);',
    by: 'setTimeout(() => deps.receiver.receive({ sourceId: id, registryIds }, events).catch(() => {}), 300);',
    breaks: ['I1'],
  },
  /** Nothing says, before a message is sent, that it may have been: a repeat after a crash looks like another one. */
  'send-before-sending': {
    file: 'records/outbox/begin-effect.ts',
    replace: "sql<boolean>`reply_unknown OR state = 'sending'`",
    by: 'sql<boolean>`reply_unknown`',
    breaks: ['I4'],
  },
  /** No answer is taken for "there is nothing". */
  'act-on-indeterminate': {
    file: 'pipeline/judge/could-not-tell.ts',
    replace: "const COULD_NOT_TELL = { outcome: 'indeterminate', code: 'COULD_NOT_TELL' } as const;",
    by: "const COULD_NOT_TELL = { outcome: 'fail-missing', code: 'COULD_NOT_TELL' } as const;",
    breaks: ['I2', 'I5'],
  },
  /** A job that has ended stays in the queue. */
  'keys-left-behind': {
    file: 'queue/own-job.ts',
    replace: 'removeOnComplete: true,',
    by: 'removeOnComplete: false,',
    breaks: ['I8'],
    // A process that does everything hands its jobs to itself, past the queue's store.
    record: 'roles',
  },
} as const satisfies Readonly<Record<string, Bug>>;

export type BugName = keyof typeof BUGS;
