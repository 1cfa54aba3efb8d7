import { createHash } from 'node:crypto';
import { subjectKey } from '../domain/subject.ts';
import type { Verdict } from '../domain/verdict.ts';
import { buildAnnouncement } from '../notify/build-announcement.ts';
import type { PlannedEffect, SubjectRecord } from '../ports/records.ts';
import { planEffects } from '../quarantine/plan-effects.ts';
import type { PipelineContext } from './pipeline-context.ts';

/** A verdict about to be committed. */
export interface NewVerdict {
  /** As it stood before. */
  readonly subject: SubjectRecord;
  readonly host: string;
  readonly verdict: Verdict;
  readonly final: boolean;
  readonly now: Date;
  /** Class of the fault behind an `indeterminate` verdict. */
  readonly faultClass?: string;
}

/** Plans what follows from a verdict: the registry write and the notices, as rows for the outbox. */
export function planForVerdict(context: PipelineContext, input: NewVerdict): readonly PlannedEffect[] {
  const { subject, verdict, final, now } = input;
  // A part of an index that failed: the index carries the mark and the notice.
  if (verdict.code === 'INHERITED' && verdict.outcome !== 'pass') return [];
  return planEffects({
    subject,
    verdict,
    final,
    mode: context.quarantine.mode,
    onRejectedInput: context.quarantine.onRejectedInput,
    tagTemplate: context.quarantine.tag,
    sinkIds: [...context.sinks.keys()],
    mayAnnounceFault: mayAnnounceFault(context, input),
    announce: (kind, action) =>
      buildAnnouncement({
        kind,
        subject,
        host: input.host,
        verdict,
        action,
        judgedAt: now,
        id: announcementId(subject, kind, now),
      }),
  });
}

// The first failed look is nobody's news: a registry that stumbles is asked again a few seconds later.
function mayAnnounceFault(context: PipelineContext, input: NewVerdict): boolean {
  if (input.verdict.outcome !== 'indeterminate' || input.subject.failedLooks === 0) return false;
  return context.mayAnnounceFault(input.faultClass ?? input.verdict.code);
}

function announcementId(subject: SubjectRecord, kind: string, now: Date): string {
  const identity = `${subjectKey(subject)} ${kind} ${now.toISOString()}`;
  // 16 hex characters: enough to tell the messages of a channel apart.
  return createHash('sha256').update(identity).digest('hex').slice(0, 16);
}
