import type pg from 'pg';
import type { LimitedBy } from '../domain/quarantine-limits.ts';
import { TIMINGS, type Timings } from '../domain/timings.ts';
import type { AuditLog } from '../ports/audit-log.ts';
import type { BaselineRecord } from '../ports/baseline-record.ts';
import type { CapabilityRecord } from '../ports/capability-record.ts';
import type { DueWork } from '../ports/due-work.ts';
import type { EffectOutbox } from '../ports/effect-outbox.ts';
import type { EpochRecord } from '../ports/epoch-record.ts';
import type { EventInbox } from '../ports/event-inbox.ts';
import type { HearingRecord } from '../ports/hearing-record.ts';
import type { ImageCopies } from '../ports/image-copies.ts';
import type { Indexes } from '../ports/indexes.ts';
import type { Judgements } from '../ports/judgements.ts';
import type { LeftConcerns } from '../ports/left-concerns.ts';
import type { LockedImages } from '../ports/locked-images.ts';
import type { ManualActions } from '../ports/manual-actions.ts';
import type { OutdatedVerdicts } from '../ports/outdated-verdicts.ts';
import type { RecordKeeping } from '../ports/record-keeping.ts';
import type { FindingsQuery, RecordQuery } from '../ports/record-query.ts';
import type { HeldQuarantines } from '../ports/recorded-write.ts';
import type { RehearsalRecord } from '../ports/rehearsal-record.ts';
import type { SweepRecord } from '../ports/sweep-record.ts';
import type { UntoldQuery } from '../ports/untold-query.ts';
import { createDatabase } from './database.ts';
import { createEventInbox } from './inbox/event-inbox.ts';
import { oldestOpenAt } from './inbox/oldest-open-at.ts';
import { readAudit } from './outbox/audit-log.ts';
import { createEffectOutbox } from './outbox/effect-outbox.ts';
import { createLeftConcerns } from './outbox/left-concerns.ts';
import { giveTurnBack, takeTurn } from './outbox/notice-turns.ts';
import { readHeld } from './outbox/read-held.ts';
import { createRehearsalRecord } from './outbox/rehearsal-record.ts';
import { countHeld } from './outbox/repository-queues.ts';
import { resumeHeld } from './outbox/resume-held.ts';
import { createRecordKeeping } from './retention/record-keeping.ts';
import { createDueWork } from './subjects/due-work.ts';
import { countFound } from './subjects/found-subjects.ts';
import { createImageCopies } from './subjects/image-copies.ts';
import { createIndexes } from './subjects/indexes.ts';
import { createJudgements } from './subjects/judgements.ts';
import { createLockedImages } from './subjects/locked-images.ts';
import { createManualActions } from './subjects/manual-actions.ts';
import { createOutdatedVerdicts } from './subjects/outdated-verdicts.ts';
import { createRecordQuery } from './subjects/record-query.ts';
import { createBaselineRecord } from './sweeps/baseline-record.ts';
import { createCapabilityRecord } from './sweeps/capability-record.ts';
import { createHearingRecord } from './sweeps/hearing-record.ts';
import { createSweepRecord } from './sweeps/sweep-record.ts';
import { createEpochRecord } from './verdicts/epoch-record.ts';

/** Every store of the record, over one pool. */
export interface Records {
  readonly inbox: EventInbox;
  readonly judgements: Judgements;
  readonly indexes: Indexes;
  readonly copies: ImageCopies;
  readonly due: DueWork;
  readonly outbox: EffectOutbox;
  readonly rehearsals: RehearsalRecord;
  readonly held: HeldQuarantines;
  readonly audit: AuditLog;
  readonly locked: LockedImages;
  readonly query: RecordQuery & FindingsQuery & UntoldQuery;
  readonly outdated: OutdatedVerdicts;
  readonly manual: ManualActions;
  readonly sweeps: SweepRecord;
  readonly baselines: BaselineRecord;
  readonly capabilities: CapabilityRecord;
  readonly hearing: HearingRecord;
  readonly keeping: RecordKeeping;
  readonly concerns: LeftConcerns;
  readonly epochs: EpochRecord;
  /** Who may send a message about a trouble that is about no image. */
  readonly turns: {
    take(trouble: string, now: Date): Promise<boolean>;
    giveBack(trouble: string): Promise<void>;
  };
  /** Rejects with `DATABASE_UNAVAILABLE` when the database does not answer: for readiness. */
  ping(): Promise<void>;
  /** Since when the oldest piece of work has been waiting; `null` if none waits: for the lag. */
  oldestOpenAt(): Promise<Date | null>;
  /** How many quarantines each limit holds back. */
  heldQuarantines(): Promise<Readonly<Record<LimitedBy, number>>>;
  /** How many images that sweeps found nobody has judged. */
  foundWaiting(): Promise<number>;
  /** Ends the pool. */
  close(): Promise<void>;
}

/** Creates the record over a pool made by `createPool` whose database `migrate` has brought up to date. */
export function createRecords(pool: pg.Pool, timings: Timings = TIMINGS): Records {
  const database = createDatabase(pool);
  return {
    inbox: createEventInbox(database),
    judgements: createJudgements(database, timings),
    indexes: createIndexes(database, timings),
    copies: createImageCopies(database),
    due: createDueWork(database, timings),
    outbox: createEffectOutbox(database, timings),
    rehearsals: createRehearsalRecord(database),
    held: {
      readHeld: (asked) => database.run((db) => readHeld(db, asked)),
      resume: (ids, given) => database.transact((trx) => resumeHeld(trx, ids, given)),
    },
    audit: { readAudit: (limit) => database.run((db) => readAudit(db, limit)) },
    locked: createLockedImages(database),
    query: createRecordQuery(database),
    outdated: createOutdatedVerdicts(database),
    manual: createManualActions(database, timings),
    sweeps: createSweepRecord(database, timings),
    baselines: createBaselineRecord(database),
    capabilities: createCapabilityRecord(database),
    hearing: createHearingRecord(database),
    keeping: createRecordKeeping(database),
    concerns: createLeftConcerns(database),
    epochs: createEpochRecord(database),
    turns: {
      take: (trouble, now) => database.run((db) => takeTurn(db, trouble, now)),
      giveBack: (trouble) => database.run((db) => giveTurnBack(db, trouble)),
    },
    ping: () => database.run(async (db) => void (await db.selectNoFrom((eb) => eb.lit(1).as('one')).execute())),
    oldestOpenAt: () => oldestOpenAt(database, timings),
    foundWaiting: () => database.run(countFound),
    heldQuarantines: () => database.run(countHeld),
    close: async () => {
      if (!pool.ended) await pool.end();
    },
  };
}
