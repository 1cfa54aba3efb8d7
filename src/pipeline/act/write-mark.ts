import type { Logger } from 'pino';
import { FaultError, InvalidInputError } from '../../kit/errors.ts';
import type { EffectRecord, MarkUpdate } from '../../ports/effect-outbox.ts';
import type { ConfiguredRegistry } from '../../ports/registries.ts';
import { applyQuarantine } from '../../quarantine/apply-quarantine.ts';
import { applyRelease } from '../../quarantine/apply-release.ts';
import { nameTest } from '../../quarantine/name-test.ts';
import { markNames } from '../../quarantine/tag-template.ts';
import type { PipelineContext } from '../pipeline-context.ts';
import { enqueueEffects } from './enqueue-effects.ts';
import { holdByBreaker } from './hold-by-breaker.ts';
import { mayWrite } from './may-write.ts';
import { retryEffectAt } from './retry-effect.ts';

/** How soon a write is thought of again that waits for a look, or for a tag that may yet come. */
const SOON_MS = 60_000;
/** What a registry refuses, an operator may allow: asked once an hour. */
const REFUSED_MS = 3_600_000;
/** As often as a tag is looked for that a lost request may still put there: two minutes, as long as proxies keep one. */
const LOOKS_FOR_LATE_TAG = 3;

/**
 * Makes one registry write of the outbox: puts our tag on a failing image, or takes it off a passing one. The verdict
 * is read again from the record first: a job says which effect, never why.
 */
export async function writeMark(context: PipelineContext, effectId: string, signal: AbortSignal): Promise<void> {
  const effect = await context.records.outbox.begin(effectId, context.clock());
  if (effect === null || effect.kind === 'notice' || effect.tag === null) return;
  const log = context.logger.child({ correlationId: effect.subject.correlationId, effect: effect.kind, effectId });
  const permission = mayWrite(effect, context.quarantine);
  if (permission.kind === 'never') {
    log.info({ why: permission.why }, 'effect superseded');
    context.metrics.effect(effect.kind, 'superseded');
    await enqueueEffects(context, await context.records.outbox.supersede(effectId, permission.why, context.clock()));
    return;
  }
  if (permission.kind === 'later') {
    await postpone(context, effect, permission.why);
    return;
  }
  if (effect.kind === 'quarantine' && (await holdByBreaker(context, effect, log))) return;
  const done = await write(context, effect, signal).catch((error: unknown) =>
    recordFailure(context, effect, { error, log }),
  );
  if (done === undefined) return;
  if (mayYetCome(effect, done)) {
    await postpone(context, effect, 'the tag is not there; a write whose answer was lost may still put it');
    return;
  }
  // Not caught: what was done and could not be recorded is found as begun, and done again.
  const finished = { now: context.clock(), attempt: effect.attempts, ...done };
  const ready = await context.records.outbox.finish(effectId, finished);
  log.info({ result: done.result, tag: done.mark.tag ?? effect.tag }, `${effect.kind} done`);
  context.metrics.effect(effect.kind, 'done');
  await enqueueEffects(context, ready);
}

interface Done {
  readonly result: string;
  readonly mark: MarkUpdate;
}

async function write(context: PipelineContext, effect: EffectRecord, signal: AbortSignal): Promise<Done> {
  const { subject } = effect;
  const { reader, writer } = writable(context.registries.get(subject.registryId), subject.registryId);
  const names = markNames(context.quarantine.tag, subject.digest, effect.tag ?? undefined);
  const input = { reader, writer, subject, names, signal };
  if (effect.kind === 'release') return applyRelease(input);
  return applyQuarantine({ ...input, isAnothers: nameTest(context.records.outbox, subject) });
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

/** A release that finds no tag though one was on its way: whether the tag was lost or is late, nobody knows yet. */
function mayYetCome({ kind, subject, manual, attempts }: EffectRecord, { result }: Done): boolean {
  if (kind !== 'release' || result !== 'tag-absent' || manual) return false;
  return subject.mark !== 'quarantined' && attempts < LOOKS_FOR_LATE_TAG;
}

async function postpone(context: PipelineContext, effect: EffectRecord, why: string): Promise<void> {
  const now = context.clock();
  const retryAt = new Date(now.getTime() + SOON_MS);
  const failure = { now, error: why, retryAt, attempt: effect.attempts };
  await enqueueEffects(context, await context.records.outbox.fail(effect.id, failure));
}

async function recordFailure(
  context: PipelineContext,
  effect: EffectRecord,
  { error, log }: { readonly error: unknown; readonly log: Logger },
): Promise<undefined> {
  if (!(error instanceof FaultError || error instanceof InvalidInputError)) throw error;
  const now = context.clock();
  const isRefused = error instanceof FaultError && !error.retryable;
  const retryAt = isRefused ? new Date(now.getTime() + REFUSED_MS) : retryEffectAt(now, effect.attempts, error);
  log.warn({ err: error, retryAt }, `${effect.kind} failed`);
  context.metrics.effect(effect.kind, isRefused || retryAt === null ? 'failed' : 'retry');
  const ready = await context.records.outbox.fail(effect.id, {
    now,
    error: `${error.code}: ${error.message}`,
    retryAt,
    held: isRefused,
    replyUnknown: !isRefused,
    attempt: effect.attempts,
  });
  await enqueueEffects(context, ready);
  return undefined;
}
