import type { Logger } from 'pino';
import type { Announcement } from '../../domain/announcement.ts';
import type { Subject } from '../../domain/subject.ts';
import { shortText } from '../../kit/short-text.ts';
import { buildAnnouncement } from '../../notify/build-announcement.ts';
import type { PlannedNotice } from '../../ports/effect-outbox.ts';
import type { HourOfSeveral, QuarantineEffect } from '../../ports/effect-record.ts';
import { type BreakerInput, type BreakerReason, decideBreaker, type SharedCounts } from '../../quarantine/breaker.ts';
import { enqueueEffects } from '../enqueue.ts';
import { nameAnnouncement } from '../judge/plan-for-verdict.ts';
import type { PipelineContext } from '../pipeline-context.ts';
import { heldUntil } from '../retry-times.ts';
import { isRehearsed } from './rehearse-mark.ts';

/**
 * Asks the breaker about one more quarantine, and holds it if it says no. People hear of it: with the notice about the
 * image, and once an hour with one about the limit itself. What a person asked for is not held.
 */
export async function holdByBreaker(context: PipelineContext, effect: QuarantineEffect, log: Logger): Promise<boolean> {
  if (effect.manual) return false;
  const reason = decideBreaker(breakerInput(context, effect));
  if (reason === null) return false;
  log.warn({ why: reason.sentence }, 'quarantine is held: the breaker is open');
  context.metrics.effect(effect.kind, 'held');
  const now = context.clock();
  const ready = await context.records.outbox.fail(effect.id, {
    now,
    error: reason.sentence,
    held: true,
    attempt: effect.attempts,
    ...(reason.scope === 'image'
      ? { retryAt: heldUntil(now, 'image') }
      : {
          retryAt: heldUntil(now, 'limited'),
          limitedBy: reason.scope,
          announce: effect.resumed ? [] : noticesOf(context, effect, reason),
        }),
  });
  await enqueueEffects(context, ready);
  return true;
}

function breakerInput(context: PipelineContext, { subject, lastHour, resumed }: QuarantineEffect): BreakerInput {
  const { registryId } = subject;
  const hostOf = (id: string): string => shortText(context.registries.get(id)?.host ?? id);
  const nameOf = (of: { readonly registryId: string; readonly repository: string }): string =>
    shortText(`${hostOf(of.registryId)}/${of.repository}`);
  const named = ({ fullest, ...counts }: HourOfSeveral): SharedCounts => ({
    ...counts,
    fullest: fullest.map((each) => ({ name: nameOf(each), quarantines: each.quarantines })),
  });
  return {
    resumed,
    writesOfSubject: lastHour.writesOfSubject,
    repository: { ...lastHour.repository, name: nameOf(subject), behind: lastHour.behind },
    registry: { ...named(lastHour.registry), name: hostOf(registryId) },
    all: named(lastHour),
    limits: context.quarantine.breaker,
  };
}

/** A notice about each limit that is reached is sent once an hour; the limits of two repositories are told apart. */
const WHERE: Readonly<Record<BreakerReason['scope'], (subject: Subject) => string>> = {
  image: ({ registryId, repository, digest }) => `: ${registryId} ${repository} ${digest}`,
  repository: ({ registryId, repository }) => `: ${registryId} ${repository}`,
  registry: ({ registryId }) => `: ${registryId}`,
  all: () => '',
};

const REHEARSED = 'This is a rehearsal: no write is made, and this is what would hold back the next.';

function noticesOf(
  context: PipelineContext,
  effect: QuarantineEffect,
  reason: BreakerReason,
): readonly PlannedNotice[] {
  const { subject } = effect;
  const verdict = subject.verdict?.verdict;
  const registry = context.registries.get(subject.registryId);
  if (verdict === undefined || registry === undefined) return [];
  const now = context.clock();
  const announcement: Announcement = buildAnnouncement({
    kind: 'breaker-open',
    subject,
    host: registry.host,
    verdict,
    action: {
      kind: 'held',
      sentence: isRehearsed(effect, context.quarantine) ? `${REHEARSED} ${reason.sentence}` : reason.sentence,
    },
    judgedAt: now,
    id: nameAnnouncement(subject, 'breaker-open', now),
    configFile: context.configFile,
  });
  return [...context.sinks.keys()].map((sinkId) => ({
    kind: 'notice',
    sinkId,
    announcement,
    trouble: `the breaker is open${WHERE[reason.scope](subject)}`,
  }));
}
