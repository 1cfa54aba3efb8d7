import type { Logger } from 'pino';
import type { Announcement } from '../../domain/announcement.ts';
import { buildAnnouncement } from '../../notify/build-announcement.ts';
import type { EffectRecord, PlannedEffect } from '../../ports/effect-outbox.ts';
import { type BreakerReason, decideBreaker } from '../../quarantine/breaker.ts';
import { nameAnnouncement } from '../judge/plan-for-verdict.ts';
import type { PipelineContext } from '../pipeline-context.ts';
import { enqueueEffects } from './enqueue-effects.ts';

/** How long a held write waits before the breaker is asked again. */
const HELD_MS = 300_000;

/**
 * Asks the breaker about one more quarantine, and holds it if it says no. People hear of it: with the notice about the
 * image, and once an hour with one about the breaker itself. What a person asked for is not held.
 */
export async function holdByBreaker(context: PipelineContext, effect: EffectRecord, log: Logger): Promise<boolean> {
  const { lastHour } = effect;
  if (lastHour === null || effect.manual) return false;
  const reason = decideBreaker({
    counts: lastHour,
    writesOfSubject: lastHour.writesOfSubject,
    limits: context.quarantine.breaker,
  });
  if (reason === null) return false;
  log.warn({ why: reason.sentence }, 'quarantine is held: the breaker is open');
  context.metrics.effect(effect.kind, 'held');
  const now = context.clock();
  const ready = await context.records.outbox.fail(effect.id, {
    now,
    error: reason.sentence,
    retryAt: new Date(now.getTime() + HELD_MS),
    held: true,
    attempt: effect.attempts,
    announce: reason.scope === 'all' ? noticesOf(context, effect, reason) : [],
  });
  await enqueueEffects(context, ready);
  return true;
}

function noticesOf(context: PipelineContext, effect: EffectRecord, reason: BreakerReason): readonly PlannedEffect[] {
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
    action: { kind: 'held', sentence: reason.sentence },
    judgedAt: now,
    id: nameAnnouncement(subject, 'breaker-open', now),
    configFile: context.configFile,
  });
  return [...context.sinks.keys()].map((sinkId) => ({
    kind: 'notice',
    sinkId,
    announcement,
    trouble: 'the breaker is open',
  }));
}
