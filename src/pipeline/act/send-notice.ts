import type { Logger } from 'pino';
import type { Announcement } from '../../domain/announcement.ts';
import { shortDigest } from '../../domain/digest.ts';
import { FaultError } from '../../kit/errors.ts';
import { describeAction } from '../../notify/describe-action.ts';
import { severalAnnouncement } from '../../notify/several-announcement.ts';
import type { NoticeEffect } from '../../ports/effect-record.ts';
import { enqueueEffects } from '../enqueue.ts';
import { modeOf } from '../mode-of.ts';
import type { PipelineContext } from '../pipeline-context.ts';
import { retryEffectAt } from '../retry-times.ts';

/** Sends one notice of the outbox to its sink, saying what was done in the registry as it stands by now. */
export async function sendNotice(context: PipelineContext, effectId: string, signal: AbortSignal): Promise<void> {
  const effect = await context.records.outbox.begin(effectId, context.clock());
  if (effect?.kind !== 'notice') return;
  const log = context.logger.child({ correlationId: effect.subject.correlationId, sink: effect.sinkId, effectId });
  const sink = context.sinks.get(effect.sinkId);
  if (sink === undefined) {
    log.warn('this sink is no longer configured: the notice is dropped');
    const why = 'the sink is no longer configured';
    await enqueueEffects(context, await context.records.outbox.supersede(effectId, why, context.clock()));
    return;
  }
  const announcement = announcementNow(effect, context);
  try {
    await sink.notify(await withHeld(context, announcement), signal);
  } catch (error) {
    await recordFailure(context, effect, { error, log });
    return;
  }
  // The record keeps this until it can be written; if the process dies before, the notice is on record as begun, and is sent
  // again as a possible repeat.
  const done = { now: context.clock(), result: resultOf(effect, announcement), attempt: effect.attempts };
  const ready = await context.records.outbox.finish(effectId, done);
  log.info({ notice: announcement.kind, ...(effect.together && { of: effect.together.notices }) }, 'notice sent');
  context.metrics.effect('notice', 'done');
  await enqueueEffects(context, ready);
}

async function recordFailure(
  context: PipelineContext,
  effect: NoticeEffect,
  { error, log }: { readonly error: unknown; readonly log: Logger },
): Promise<void> {
  if (!(error instanceof FaultError)) throw error;
  const retryAt = retryEffectAt(context.clock(), effect.attempts, error);
  log.warn({ err: error, retryAt }, 'notice failed');
  context.metrics.effect('notice', retryAt === null ? 'failed' : 'retry');
  const ready = await context.records.outbox.fail(effect.id, {
    now: context.clock(),
    error: `${error.code}: ${error.message}`,
    retryAt,
    replyUnknown: error.code === 'SINK_REPLY_UNKNOWN',
    attempt: effect.attempts,
  });
  await enqueueEffects(context, ready);
  // People who read only this sink would never learn that it stopped.
  if (retryAt === null) context.concerns.raise({ id: effect.sinkId, kind: 'unsaid', problem: error.message });
}

function announcementNow(effect: NoticeEffect, { configFile, quarantine }: PipelineContext): Announcement {
  const { announcement, together, registryEffect } = effect;
  const rehearses = modeOf(quarantine, effect.subject.registryId) === 'rehearse';
  const mayBeRepeat = effect.replyUnknown;
  if (together !== null)
    return { ...severalAnnouncement(announcement, together, { configFile, rehearses }), mayBeRepeat };
  const action = registryEffect === null ? announcement.action : describeAction(registryEffect, rehearses);
  return { ...announcement, action, mayBeRepeat };
}

/** The result on record for each notice that was part of the message: which message it was. */
function resultOf({ together }: NoticeEffect, { id }: Announcement): string {
  return together === null ? 'sent' : `sent with others as ${id}`;
}

/** As many as a message has room for. */
const NAMED = 5;

/**
 * A notice that an image could not be judged also names the other images that are held up now, as its own image may be
 * a decoy.
 */
async function withHeld(context: PipelineContext, announcement: Announcement): Promise<Announcement> {
  if (announcement.kind !== 'cannot-verify') return announcement;
  const { query } = context.records;
  const causes = await query.countUntold();
  const count = causes.reduce((sum, cause) => sum + cause.count, 0);
  if (count === 0) return announcement;
  const images = (await query.readUntold(NAMED)).map(({ registryId, repository, digest, code }) => {
    const host = context.registries.get(registryId)?.host ?? registryId;
    return `${host}/${repository}@${shortDigest(digest)} (${code})`;
  });
  return { ...announcement, held: { count, images } };
}
