import type { Logger } from 'pino';
import type { ArtifactFamily } from '../domain/artifact-family.ts';
import type { MarkMode } from '../domain/mark-name.ts';
import type { PolicySet } from '../domain/policy.ts';
import type { QuarantineLimits } from '../domain/quarantine-limits.ts';
import type { Verdict } from '../domain/verdict.ts';
import type { EvidenceHabits } from '../evidence/evidence-habits.ts';
import type { HeavyGate } from '../evidence/heavy-gate.ts';
import type { Clock } from '../ports/clock.ts';
import type { Concerns } from '../ports/concerns.ts';
import type { DueWork } from '../ports/due-work.ts';
import type { EffectOutbox } from '../ports/effect-outbox.ts';
import type { EventInbox } from '../ports/event-inbox.ts';
import type { EvidenceJudge } from '../ports/evidence-judge.ts';
import type { ImageCopies } from '../ports/image-copies.ts';
import type { Indexes } from '../ports/indexes.ts';
import type { JobQueue } from '../ports/job-queue.ts';
import type { Judgements } from '../ports/judgements.ts';
import type { LockedImages } from '../ports/locked-images.ts';
import type { Registries } from '../ports/registries.ts';
import type { RehearsalRecord } from '../ports/rehearsal-record.ts';
import type { Sink } from '../ports/sink.ts';
import type { UntoldQuery } from '../ports/untold-query.ts';

/** How quarantine is done. */
export interface QuarantineSettings {
  /** `observe`: verdicts and notices, no registry write; `rehearse`: writes are only put on record. */
  readonly mode: MarkMode;
  /** Of registries that are marked otherwise, by id. */
  readonly modes: ReadonlyMap<string, MarkMode>;
  /** Whether an image whose evidence is hostile or broken (`rejected-input`) is marked as well. */
  readonly onRejectedInput: 'alert' | 'quarantine';
  /** Template of our tag, e.g. `quarantined-{digest}`. */
  readonly tag: string;
  /** The label where images are marked by one. */
  readonly label: string;
  /** Writing stops when more than `perHour` images, or more than `share` of those judged, were quarantined in an hour. */
  readonly breaker: QuarantineLimits;
}

/** What the pipeline counts. */
export interface PipelineMetrics {
  /** Starts timing a judgement; call the result at its end. */
  verification(): () => void;
  verdict(verdict: Verdict, final: boolean): void;
  notAnImage(kind: 'evidence' | ArtifactFamily): void;
  effect(kind: string, result: 'done' | 'rehearsed' | 'retry' | 'failed' | 'held' | 'superseded'): void;
}

/** Everything the stages of the way share; built once, in the composition root. */
export interface PipelineContext {
  readonly registries: Registries;
  readonly records: {
    readonly inbox: EventInbox;
    readonly judgements: Judgements;
    readonly indexes: Indexes;
    readonly copies: ImageCopies;
    readonly due: DueWork;
    readonly outbox: EffectOutbox;
    readonly rehearsals: Pick<RehearsalRecord, 'endElsewhere'>;
    readonly locked: LockedImages;
    readonly query: UntoldQuery;
  };
  readonly queue: JobQueue;
  /** Whether there are other processes on this record. */
  readonly isShared: () => boolean;
  readonly policies: () => PolicySet;
  readonly trustEpoch: () => number;
  readonly judge: EvidenceJudge;
  readonly habits: EvidenceHabits;
  readonly heavyLooks: HeavyGate;
  /** Empty in a process that does not act. */
  readonly sinks: ReadonlyMap<string, Sink>;
  /** Where people are told, by whichever process. */
  readonly sinkIds: readonly string[];
  readonly concerns: Concerns;
  readonly quarantine: QuarantineSettings;
  /** Path of the configuration, where a command that people paste would not find it by itself. */
  readonly configFile?: string | undefined;
  /** The most bytes of one piece of evidence. */
  readonly evidenceBytes: number;
  /** How often each image is looked at again. */
  readonly rescanEveryMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: PipelineMetrics;
}
