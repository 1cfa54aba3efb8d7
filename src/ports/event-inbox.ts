import type { Digest } from '../domain/digest.ts';
import type { RegistryEvent } from '../domain/registry-event.ts';
import type { Subject } from '../domain/subject.ts';
import type { Lane } from '../kit/fair-queue.ts';
import type { EffectRef } from './effect-outbox.ts';
import type { EventOrigin, ParkedDelivery } from './event-source.ts';
import type { SubjectRecord } from './subject-record.ts';

/** What intake decided about one event. */
export interface IntakeDecision {
  readonly event: RegistryEvent;
  /**
   * `check`: an image we have marked, or its mark, was removed, it says; whether that holds is looked up. `look`: it does
   * not say which image, so that sweeps look at its repository.
   */
  readonly action: 'judge' | 'resolve' | 'check' | 'look' | 'ignore';
  /** What a `check` is about. */
  readonly about?: Digest;
  /** The sources whose sweeps `look`; none, where nobody sweeps this registry. */
  readonly sweptBy?: readonly string[];
  /** The image for whose sake its tag, one of our names, is to be put right if the registry says that it is wrong. */
  readonly undo?: Digest;
  /** Why it is ignored. */
  readonly reason: string | null;
}

/** A push that says which image it is of, under a name that is none of ours. */
export type PlainPush = RegistryEvent & { readonly repository: string; readonly digest: Digest };

/** A judgement that was asked for, to be enqueued. */
export interface JudgementRef {
  readonly subjectId: string;
  readonly sequence: number;
  readonly lane: Lane;
}

/** What is to be done after the commit. */
export interface IntakeReceipt {
  readonly eventId: string;
  readonly correlationId: string;
  /** Set when a judgement is now due; absent for a repeat of something already final or already queued. */
  readonly judge?: JudgementRef;
  readonly resolve?: true;
  /** Registry writes that follow from it. */
  readonly effects?: readonly EffectRef[];
  /** Whose turn it takes to resolve it. */
  readonly lane?: Lane;
}

/** The inbox: what sources handed in. */
export interface EventInbox {
  /** Looks a subject up by identity, for the filter of our own marks. */
  findSubject(subject: Subject): Promise<SubjectRecord | null>;
  /** Looks up who carries this mark tag or points to this released artifact, for the same filter. */
  findMark(registryId: string, repository: string, tag: string): Promise<SubjectRecord | null>;
  /** Who made a tag of evidence point to this digest, or to nothing (`null`), by the newest such event. */
  findWriter(place: {
    readonly registryId: string;
    readonly repository: string;
    readonly tag: string;
    readonly digest: Digest | null;
  }): Promise<string | null>;

  /** Writes the rows, and the subjects they name, in one transaction. @throws {FaultError} `DATABASE_UNAVAILABLE` */
  accept(
    origin: EventOrigin,
    decisions: readonly IntakeDecision[],
    context: { readonly now: Date; readonly policyRevision: string; readonly trustEpoch: number },
  ): Promise<readonly IntakeReceipt[]>;
  /**
   * Writes an announced push, and its subject if that is new, with one round trip for all that wait at the same time.
   * `null`: nothing was written, for its tag is or was a mark of ours, or its subject must be changed: it must be decided
   * on in full. @throws {FaultError} `DATABASE_UNAVAILABLE`
   */
  acceptPush(
    origin: Omit<EventOrigin, 'found'>,
    event: PlainPush,
    context: { readonly now: Date; readonly policyRevision: string; readonly trustEpoch: number },
  ): Promise<IntakeReceipt | null>;
  park(parked: ParkedDelivery, now: Date): Promise<void>;
  /** An event waiting for its digest; `null` if it is gone or resolved already. */
  findUnresolved(eventId: string): Promise<{
    readonly origin: EventOrigin;
    readonly repository: string;
    readonly tag: string;
    readonly receivedAt: Date;
  } | null>;
  /** Ties a resolved event to its subject (created if new). A digest of `null`: the tag is gone. */
  resolve(
    eventId: string,
    digest: Digest | null,
    context: {
      readonly now: Date;
      readonly policyRevision: string;
      readonly trustEpoch: number;
      /** As in a decision. */
      readonly undo?: Digest;
    },
  ): Promise<IntakeReceipt>;
}
