import type { Lane } from '../kit/fair-queue.ts';
import type { JudgementRef } from './event-inbox.ts';
import type { JobKind } from './job-queue.ts';

/** An event whose digest is to be found, to be enqueued. */
export interface UnresolvedRef {
  readonly eventId: string;
  readonly lane: Lane;
}

/** The policies and trust in force, and the work that has begun already. */
export interface DueContext {
  readonly now: Date;
  readonly policyRevision: string;
  readonly trustEpoch: number;
  /** Those that are configured. */
  readonly registryIds: readonly string[];
  /** Judgements were left on record because the queue held enough, so those that were not begun are due at once. */
  readonly isBehind?: boolean;
  /** Registries that are not asked at the moment: images that were looked at before wait for them. */
  readonly resting?: readonly string[];
  /** What was judged under another revision or epoch is not due now. */
  readonly leaveOutdated?: boolean;
  /** Subjects that are in the queue, or at work: none of them is lost. */
  readonly inFlight?: readonly string[];
}

/** What is at work already, and which registries are not asked just now. */
export interface FoundContext {
  readonly inFlight: readonly string[];
  readonly resting: readonly string[];
}

/** What a sweep asked for. */
export interface FoundWork {
  readonly judgements: readonly JudgementRef[];
  /** More wait. */
  readonly isMore: boolean;
}

/** Which events count as waiting. */
export interface UnresolvedContext {
  readonly before: Date;
  readonly now: Date;
  readonly registryIds: readonly string[];
  /** Events were left on record: those that were never tried are due at once. */
  readonly isBehind?: boolean;
}

/** What is on record and due: for the sweeper. */
export interface DueWork {
  /**
   * Subjects whose judgement is due: no final verdict under this revision and epoch (or a later one, of a daemon that
   * numbers on its own), a check time that has passed, set aside until their registry is configured again, or an
   * artifact that no policy covered under another revision. Repositories take turns, and each reason has its share.
   */
  findDue(context: DueContext, limit: number): Promise<readonly JudgementRef[]>;

  /**
   * Subjects whose judgement a sweep asked for and that nobody has begun: with those in flight, `most` of them. They
   * keep their sequence, so that handing one out twice makes one job.
   */
  findFound(context: FoundContext, most: number): Promise<FoundWork>;

  /** Those of these subjects, effects or events for which no job of this kind is wanted now. */
  findEnded(kind: JobKind, ids: readonly string[], now: Date): Promise<readonly string[]>;

  /** Events of these registries still waiting for their digest since before this time; repositories take turns, and within
   * each what was tried longest ago comes first. */
  findUnresolvedEvents(context: UnresolvedContext, limit: number): Promise<readonly UnresolvedRef[]>;
}
