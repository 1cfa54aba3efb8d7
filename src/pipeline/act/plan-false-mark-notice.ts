import type { Verdict } from '../../domain/verdict.ts';
import { buildAnnouncement } from '../../notify/build-announcement.ts';
import { describeUndo, type UndoEnd } from '../../notify/describe-undo.ts';
import type { PlannedNotice } from '../../ports/effect-outbox.ts';
import type { SubjectRecord } from '../../ports/subject-record.ts';
import { nameAnnouncement } from '../judge/plan-for-verdict.ts';
import type { PipelineContext } from '../pipeline-context.ts';

/** A tag of ours where it does not belong. */
export interface FalseMark {
  readonly tag: string;
  /** The image whose mark it is; or, if it is nobody's, the one it was pushed for. */
  readonly about: SubjectRecord;
  readonly reason: string;
}

/** Tells people of a false mark and what was done about it: once an hour for each tag, however often it is pushed. */
export function planFalseMarkNotice(
  context: PipelineContext,
  found: FalseMark,
  end: UndoEnd,
): readonly PlannedNotice[] {
  const { about, tag, reason } = found;
  const registry = context.registries.get(about.registryId);
  if (registry === undefined) return [];
  const now = context.clock();
  const built = buildAnnouncement({
    kind: 'false-mark',
    subject: about,
    host: registry.host,
    verdict: about.verdict?.verdict ?? UNJUDGED,
    action: describeUndo(tag, end),
    judgedAt: now,
    id: nameAnnouncement(about, `false-mark ${tag}`, now),
    configFile: context.configFile,
  });
  const announcement = { ...built, code: 'FALSE_MARK', reason, requirements: [] };
  const trouble = `false mark: ${about.registryId} ${about.repository}:${tag}`;
  return [...context.sinks.keys()].map((sinkId) => ({ kind: 'notice', sinkId, announcement, trouble }));
}

/** Stands in for the verdict of something that is no image, or that was pushed just now. */
const UNJUDGED: Verdict = {
  outcome: 'indeterminate',
  code: 'NO_POLICY',
  reason: '',
  policies: [],
  onFailure: 'alert',
  requirements: [],
  graceMs: 0,
};
