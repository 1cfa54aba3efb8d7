import { createHash } from 'node:crypto';
import type { RecordedHidden } from '../../domain/evidence.ts';
import { subjectKey } from '../../domain/subject.ts';
import type { Verdict } from '../../domain/verdict.ts';
import { buildAnnouncement } from '../../notify/build-announcement.ts';
import { describeHidden } from '../../notify/describe-hidden.ts';
import type { PlannedEffect } from '../../ports/effect-outbox.ts';
import type { SubjectAtCommit } from '../../ports/judgements.ts';
import type { SubjectRecord } from '../../ports/subject-record.ts';
import { planEffects } from '../../quarantine/plan-effects.ts';
import { modeOf } from '../mode-of.ts';
import type { PipelineContext } from '../pipeline-context.ts';
import { newlyHidden } from './record-hidden.ts';
import { classOfTrouble } from './trouble-class.ts';

/** A verdict about to be committed. */
export interface NewVerdict {
  /** As it stands before. */
  readonly subject: SubjectAtCommit;
  readonly host: string;
  readonly verdict: Verdict;
  readonly final: boolean;
  readonly now: Date;
  /** Places that no longer lead to the evidence that counts. */
  readonly hidden?: readonly RecordedHidden[];
  /** Code of the fault, or of the verdict, behind an `indeterminate` one. */
  readonly cause: string;
}

/** Plans what follows from a verdict: the registry write and the notices, as rows for the outbox. */
export function planForVerdict(context: PipelineContext, input: NewVerdict): readonly PlannedEffect[] {
  const { subject, verdict, final, now } = input;
  // A part of an index that failed: the index carries the mark and the notice.
  if (verdict.code === 'INHERITED' && verdict.outcome !== 'pass') return [];
  // It lay there before anybody looked: its verdict is on record, and people hear of all such at once.
  if (subject.baseline === 'recorded' && verdict.outcome !== 'pass' && verdict.outcome !== 'indeterminate') return [];
  const steps = planEffects({
    subject,
    verdict,
    final,
    mode: modeOf(context.quarantine, subject.registryId),
    onRejectedInput: context.quarantine.onRejectedInput,
    tagTemplate: context.quarantine.tag,
    label: context.quarantine.label,
    sinkIds: context.sinkIds,
    // The first failed look is not announced: a registry that stumbles is asked again a few seconds later.
    mayAnnounceFault: subject.failedLooks > 0,
    // The plan decides which messages there are, not how they are worded. The wording is made while the verdict is
    // written, and kept; only the result of the registry write is added when the message is sent.
    announce: (kind, action) =>
      buildAnnouncement({
        kind,
        subject,
        host: input.host,
        verdict,
        action,
        judgedAt: now,
        id: nameAnnouncement(subject, kind, now),
        configFile: context.configFile,
      }),
  });
  if (verdict.outcome === 'pass') return [...steps, ...noticesOfHidden(context, input)];
  if (verdict.outcome !== 'indeterminate') return steps;
  const { name, isOfRegistry } = classOfTrouble(subject.registryId, input.cause);
  const trouble = `cannot verify: ${name}`;
  const held = isOfRegistry && { held: { repository: subject.repository, since: subject.untoldSince ?? now } };
  return steps.map((step) => (step.kind === 'notice' ? { ...step, trouble, ...held } : step));
}

/** One notice an hour for one image, so that somebody who overwrites a tag again and again causes no more. */
function noticesOfHidden(
  context: PipelineContext,
  { subject, host, verdict, hidden, now }: NewVerdict,
): PlannedEffect[] {
  const news = newlyHidden(subject, hidden);
  if (news.length === 0) return [];
  const kind = 'evidence-hidden';
  const announcement = buildAnnouncement({
    kind,
    subject,
    host,
    verdict: { ...verdict, reason: describeHidden(subject.digest, news) },
    action: { kind: 'none', sentence: 'Nothing was changed in the registry.' },
    judgedAt: now,
    id: nameAnnouncement(subject, kind, now),
    configFile: context.configFile,
  });
  const trouble = `evidence hidden: ${subjectKey(subject)}`;
  return context.sinkIds.map((sinkId) => ({ kind: 'notice', sinkId, announcement, trouble }));
}

/** Names an announcement, the same whichever sink it goes to and however often. */
export function nameAnnouncement(subject: SubjectRecord, kind: string, now: Date): string {
  const identity = `${subjectKey(subject)} ${kind} ${now.toISOString()}`;
  // 16 hex characters: enough to tell the messages of a channel apart.
  return createHash('sha256').update(identity).digest('hex').slice(0, 16);
}
