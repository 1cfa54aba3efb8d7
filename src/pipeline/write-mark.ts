import { FaultError, InvalidInputError } from '../domain/errors.ts';
import { isFailing } from '../domain/verdict.ts';
import type { EffectRecord, MarkUpdate } from '../ports/records.ts';
import type { ConfiguredRegistry } from '../ports/registries.ts';
import { applyQuarantine } from '../quarantine/apply-quarantine.ts';
import { applyRelease } from '../quarantine/apply-release.ts';
import { decideBreaker } from '../quarantine/breaker.ts';
import { enqueueEffects } from './enqueue-effects.ts';
import type { PipelineContext, QuarantineSettings } from './pipeline-context.ts';
import { retryEffectAt } from './retry-effect.ts';

const HOUR_MS = 3_600_000;
/** How long a held write waits before the breaker is asked again. */
const HELD_MS = 300_000;

/**
 * Makes one registry write of the outbox: puts our tag on a failing image, or takes it off a passing one. The verdict
 * is read again from the record first: a job says which effect, never why.
 */
export async function writeMark(context: PipelineContext, effectId: string, signal: AbortSignal): Promise<void> {
  const effect = await context.records.outbox.begin(effectId, context.clock());
  if (effect === null || effect.kind === 'notice' || effect.tag === null) return;
  const log = context.logger.child({ correlationId: effect.subject.correlationId, effect: effect.kind, effectId });
  const overtaken = whyOvertaken(effect, context.quarantine);
  if (overtaken !== null) {
    log.info({ why: overtaken }, 'effect superseded');
    context.metrics.effect(effect.kind, 'superseded');
    await enqueueEffects(context, await context.records.outbox.supersede(effectId, overtaken, context.clock()));
    return;
  }
  if (effect.kind === 'quarantine' && (await isHeld(context, effect))) return;
  try {
    const done = await write(context, effect, signal);
    log.info({ result: done.result, tag: effect.tag }, `${effect.kind} done`);
    context.metrics.effect(effect.kind, 'done');
    const ready = await context.records.outbox.finish(effectId, { now: context.clock(), ...done });
    await enqueueEffects(context, ready);
  } catch (error) {
    await recordFailure(context, effect, error);
  }
}

// By hand, an operator may quarantine what passes and release what fails; `manual` effects carry no verdict to compare.
function whyOvertaken(effect: EffectRecord, { onRejectedInput }: QuarantineSettings): string | null {
  if (effect.manual) return null;
  const outcome = effect.subject.verdict?.verdict.outcome;
  const holds =
    effect.kind === 'release'
      ? outcome === 'pass'
      : outcome !== undefined &&
        (isFailing(outcome) || (outcome === 'rejected-input' && onRejectedInput === 'quarantine'));
  return holds ? null : `the image's verdict is ${outcome ?? 'unknown'} now`;
}

async function isHeld(context: PipelineContext, effect: EffectRecord): Promise<boolean> {
  const now = context.clock();
  const since = new Date(now.getTime() - HOUR_MS);
  const why = decideBreaker({
    counts: await context.records.outbox.countSince(since),
    writesOfSubject: await context.records.outbox.countWrites(effect.subject.id, since),
    limits: context.quarantine.breaker,
  });
  if (why === null || effect.manual) return false;
  context.logger.error({ effectId: effect.id, why }, 'quarantine is held: the breaker is open');
  context.metrics.effect(effect.kind, 'held');
  const retryAt = new Date(now.getTime() + HELD_MS);
  const ready = await context.records.outbox.fail(effect.id, { now, error: why, retryAt, held: true });
  await enqueueEffects(context, ready);
  return true;
}

async function write(
  context: PipelineContext,
  effect: EffectRecord,
  signal: AbortSignal,
): Promise<{ result: string; mark: MarkUpdate }> {
  const { subject } = effect;
  const registry = context.registries.get(subject.registryId);
  const { reader, writer } = writable(registry, subject.registryId);
  const input = { reader, writer, subject, tag: effect.tag ?? '', signal };
  return effect.kind === 'quarantine' ? applyQuarantine(input) : applyRelease(input);
}

function writable(
  registry: ConfiguredRegistry | undefined,
  id: string,
): { reader: ConfiguredRegistry['reader']; writer: NonNullable<ConfiguredRegistry['writer']> } {
  if (registry?.writer) return { reader: registry.reader, writer: registry.writer };
  throw new FaultError('TAG_WRITE_REFUSED', `no write credentials are configured for the registry "${id}"`, {
    retryable: false,
    hint: 'Give the registry `writeCredentials`, or set `quarantine.mode: observe`.',
  });
}

async function recordFailure(context: PipelineContext, effect: EffectRecord, error: unknown): Promise<void> {
  if (!(error instanceof FaultError || error instanceof InvalidInputError)) throw error;
  const retryAt = retryEffectAt(context.clock(), effect.attempts, error);
  context.logger.warn({ err: error, effectId: effect.id, retryAt }, `${effect.kind} failed`);
  context.metrics.effect(effect.kind, retryAt === null ? 'failed' : 'retry');
  const failure = { now: context.clock(), error: `${error.code}: ${error.message}`, retryAt };
  await enqueueEffects(context, await context.records.outbox.fail(effect.id, failure));
}
