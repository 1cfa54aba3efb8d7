import { FaultError } from '../domain/errors.ts';
import { describeAction } from '../notify/describe-action.ts';
import type { EffectRecord } from '../ports/records.ts';
import type { PipelineContext } from './pipeline-context.ts';
import { retryEffectAt } from './retry-effect.ts';

/** Sends one notice of the outbox to its sink, saying what was done in the registry as it stands by now. */
export async function sendNotice(context: PipelineContext, effectId: string, signal: AbortSignal): Promise<void> {
  const effect = await context.records.outbox.begin(effectId, context.clock());
  if (effect === null || effect.announcement === null || effect.sinkId === null) return;
  const log = context.logger.child({ correlationId: effect.subject.correlationId, sink: effect.sinkId, effectId });
  const sink = context.sinks.get(effect.sinkId);
  if (sink === undefined) {
    log.warn('this sink is no longer configured: the notice is dropped');
    await context.records.outbox.supersede(effectId, 'the sink is no longer configured', context.clock());
    return;
  }
  try {
    await sink.notify(announcementNow(effect), signal);
    log.info({ notice: effect.announcement.kind }, 'notice sent');
    context.metrics.effect('notice', 'done');
    await context.records.outbox.finish(effectId, { now: context.clock(), result: 'sent' });
  } catch (error) {
    if (!(error instanceof FaultError)) throw error;
    const retryAt = retryEffectAt(context.clock(), effect.attempts, error);
    log.warn({ err: error, retryAt }, 'notice failed');
    context.metrics.effect('notice', retryAt === null ? 'failed' : 'retry');
    const failure = {
      now: context.clock(),
      error: `${error.code}: ${error.message}`,
      retryAt,
      replyUnknown: error.code === 'SINK_REPLY_UNKNOWN',
    };
    await context.records.outbox.fail(effectId, failure);
  }
}

function announcementNow(effect: EffectRecord): NonNullable<EffectRecord['announcement']> {
  const { announcement } = effect;
  if (announcement === null) throw new TypeError('a notice carries its announcement');
  const action = effect.registryEffect === null ? announcement.action : describeAction(effect.registryEffect);
  return { ...announcement, action, mayBeRepeat: effect.replyUnknown };
}
