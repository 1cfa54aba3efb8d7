import type { Announcement, RegistryAction } from '../domain/announcement.ts';
import type { Digest } from '../domain/digest.ts';
import { describeMark, describeRehearsal, LOCK_MARK, labelMark, type MarkMode } from '../domain/mark-name.ts';
import { markTag } from '../domain/tag-template.ts';
import { isFailing, type Outcome, type Verdict } from '../domain/verdict.ts';

/** A registry write or a notice that follows from a verdict; the outbox takes them as they are. */
export type PlannedStep =
  | { readonly kind: 'quarantine' | 'release'; readonly tag: string }
  | { readonly kind: 'notice'; readonly sinkId: string; readonly announcement: Announcement };

/** What the plan is made from. A `SubjectRecord` as it stood before the verdict fits `subject`. */
export interface PlanInput {
  readonly subject: {
    readonly digest: Digest;
    readonly mark: 'none' | 'quarantined' | 'released';
    readonly markTag: string | null;
    /** The mark it would carry if what was rehearsed had been written. */
    readonly rehearsedMark: string | null;
    /** The newest final outcome, as people were told; an `indeterminate` one never replaces it. */
    readonly settledOutcome: Outcome | null;
    /** A quarantine that has begun and whose end is not known: the tag may be there, or come. */
    readonly quarantineUnderWay: boolean;
    /** The mark that one puts, whatever the configuration says by now. */
    readonly markUnderWay: string | null;
    /** How often in the last day our tag was found missing on it, this time included. */
    readonly marksLost: number;
    /** It was found missing by this look. */
    readonly markMissing: boolean;
  };
  readonly verdict: Verdict;
  /** False while the grace lasts. */
  readonly final: boolean;
  /** `observe`: verdicts and notices, no quarantine. `rehearse`: as `tag`, but the writes are only put on record. */
  readonly mode: MarkMode;
  /** Whether an image whose evidence is hostile or broken (`rejected-input`) may be marked as well. */
  readonly onRejectedInput: 'alert' | 'quarantine';
  /** Template of our tag, e.g. `quarantined-{digest}`. */
  readonly tagTemplate: string;
  /** Our label, where the mode is `label`. */
  readonly label: string;
  readonly sinkIds: readonly string[];
  /** Whether a "cannot verify" is worth saying; that one per trouble and hour is enough is the outbox's concern. */
  readonly mayAnnounceFault: boolean;
  /** Writes the announcement of this kind for this subject and verdict. */
  readonly announce: (kind: Announcement['kind'], action: RegistryAction) => Announcement;
}

/**
 * Decides what follows from a verdict: which write, and which notices. Pure.
 *
 * - A failing image gets our mark if the policy says so; people hear of it when the outcome is new to them. A change of
 *   the reason alone is not announced: it would repeat the message with every piece of evidence pushed.
 * - A passing image is silent, unless people were told that it fails: then they hear that this is over, and our tag
 *   comes off, in any mode. The release is planned even while a quarantine is not confirmed, because its tag may come.
 * - A tag that somebody took off is put back without a word, three times a day; then people hear that it does not stay.
 * - An image released by hand stays released as long as its outcome does not change.
 * - `indeterminate` never writes. `rejected-input` is a failure where nothing that verified counts, for anybody can bring
 *   it about for an image of his own; of an image that had passed, or that is partly proved, people are only told.
 */
export function planEffects(given: PlanInput): readonly PlannedStep[] {
  const input = given.mode === 'rehearse' ? asRehearsed(given) : given;
  const { outcome } = input.verdict;
  if (outcome === 'indeterminate') {
    return input.mayAnnounceFault
      ? notices(input, 'cannot-verify', nothingDone('Nothing was changed in the registry.'))
      : [];
  }
  if (!input.final) return [];
  if (outcome === 'pass') return planPass(input);
  if (outcome === 'rejected-input') return planRejected(input);
  return planFailure(input);
}

/** A rehearsal goes on as if its writes had been made. */
function asRehearsed(input: PlanInput): PlanInput {
  const { subject } = input;
  const { mark, rehearsedMark } = subject;
  if (mark === 'quarantined' || rehearsedMark === null) return input;
  return { ...input, subject: { ...subject, mark: 'quarantined', markTag: rehearsedMark } };
}

function planPass(input: PlanInput): readonly PlannedStep[] {
  const { subject } = input;
  const { settledOutcome } = subject;
  const wasBad = settledOutcome !== null && (isFailing(settledOutcome) || settledOutcome === 'rejected-input');
  if (subject.mark === 'quarantined' || subject.quarantineUnderWay) {
    const tag = subject.markTag ?? subject.markUnderWay ?? nameMark(input);
    return [
      { kind: 'release', tag },
      // Of a quarantine by hand alone, while it could not be told, people have heard nothing bad.
      ...(wasBad || subject.mark === 'quarantined'
        ? notices(input, 'resolved', pending(tag, releasing(input, tag)))
        : []),
    ];
  }
  if (!wasBad) return [];
  return notices(input, 'resolved', nothingDone('There is no quarantine mark to take off.'));
}

function planRejected(input: PlanInput): readonly PlannedStep[] {
  const { subject, verdict, mode, onRejectedInput } = input;
  const isRepeat = subject.settledOutcome === 'rejected-input';
  const isWanted = onRejectedInput === 'quarantine' && mode !== 'observe' && verdict.onFailure === 'quarantine';
  const marks = isWanted && subject.settledOutcome !== 'pass' && !isPartlyProved(verdict);
  if (isRepeat) return marks && subject.markMissing ? planMark(input, null) : [];
  if (!marks || subject.mark === 'quarantined') {
    const why = isWanted && subject.settledOutcome === 'pass' ? ', because the image had passed before' : '';
    return notices(input, 'rejected', nothingDone(`Nothing was changed in the registry${why}.${stillMarked(input)}`));
  }
  return planMark(input, 'rejected');
}

/** Whether something that verified counts towards what is open: nobody can make that for an image of his own. */
function isPartlyProved({ requirements }: Verdict): boolean {
  return requirements.some(({ satisfied, evidence }) => !satisfied && evidence.some(({ counted }) => counted));
}

function planFailure(input: PlanInput): readonly PlannedStep[] {
  const { subject, verdict, mode } = input;
  const isRepeat = subject.settledOutcome === verdict.outcome;
  if (verdict.onFailure === 'alert' || mode === 'observe') {
    const why = verdict.onFailure === 'alert' ? 'the policy only alerts' : 'Lazaret only observes';
    const action = nothingDone(`It was not marked, because ${why}.${stillMarked(input)}`);
    return isRepeat ? [] : notices(input, 'failed', action);
  }
  if (subject.mark === 'quarantined') {
    return isRepeat
      ? []
      : notices(input, 'failed', nothingDone(`Nothing new was done in the registry.${stillMarked(input)}`));
  }
  if (subject.mark === 'released' && isRepeat) return [];
  return planMark(input, isRepeat ? null : 'failed');
}

/** How often in a day a tag is put back: by then somebody, or a rule, takes it off on purpose. */
const PUT_BACK_MOST = 3;

/** Plans our tag, and what people are told if there is news; of a tag that does not stay they hear that alone. */
function planMark(input: PlanInput, news: 'failed' | 'rejected' | null): readonly PlannedStep[] {
  const { subject } = input;
  const tag = nameMark(input);
  if (subject.marksLost <= PUT_BACK_MOST) {
    const told = news === null ? [] : notices(input, news, pending(tag, marking(input, tag)));
    return [{ kind: 'quarantine', tag }, ...told];
  }
  const given = nothingDone(
    `The ${describeMark(tag)} does not stay: within a day it was put back ${PUT_BACK_MOST} times and taken off each time. It is not put back before a day has passed since the first.`,
  );
  if (news !== null) return notices(input, news, given);
  return subject.markMissing ? notices(input, 'mark-removed', given) : [];
}

function nameMark({ mode, label, tagTemplate, subject }: PlanInput): string {
  if (mode === 'lock') return LOCK_MARK;
  return mode === 'label' ? labelMark(label) : markTag(tagTemplate, subject.digest);
}

function stillMarked({ subject, mode }: PlanInput): string {
  if (subject.mark !== 'quarantined' || subject.markTag === null) return '';
  const mark = describeMark(subject.markTag);
  const isRehearsed = mode === 'rehearse' && subject.markTag === subject.rehearsedMark;
  return isRehearsed ? ` In this rehearsal it carries the ${mark} already.` : ` It still carries the ${mark}.`;
}

function marking({ mode }: PlanInput, tag: string): string {
  const mark = describeMark(tag);
  return mode === 'rehearse' ? describeRehearsal('quarantine', mark) : `The ${mark} is being put on it.`;
}

function releasing({ mode, subject }: PlanInput, tag: string): string {
  const mark = describeMark(tag);
  const isRehearsed = mode === 'rehearse' && subject.rehearsedMark !== null;
  return isRehearsed ? describeRehearsal('release', mark) : `The ${mark} is being taken off.`;
}

function notices(input: PlanInput, kind: Announcement['kind'], action: RegistryAction): readonly PlannedStep[] {
  const announcement = input.announce(kind, action);
  return input.sinkIds.map((sinkId) => ({ kind: 'notice', sinkId, announcement }));
}

function nothingDone(sentence: string): RegistryAction {
  return { kind: 'none', sentence };
}

function pending(tag: string, sentence: string): RegistryAction {
  return { kind: 'pending', tag, sentence };
}
