// The room `pipeline/act`: from effects on record to registry writes and notices.

import type { PlannedNotice } from '../../ports/effect-outbox.ts';
import type { MarkEffect } from '../../ports/effect-record.ts';
import { applyMark } from '../../quarantine/apply-mark.ts';
import { enqueueEffects } from '../enqueue.ts';
import type { PipelineContext } from '../pipeline-context.ts';
import { postpone, recordEnd, recordFailure, writable } from './effect-end.ts';
import { holdByBreaker } from './hold-by-breaker.ts';
import { mayWrite } from './may-write.ts';
import { planFalseMarkNotice } from './plan-false-mark-notice.ts';
import { type Done, isRehearsed, rehearseMark, rehearsing } from './rehearse-mark.ts';
import { undoFalseMark } from './undo-false-mark.ts';

/**
 * How often a tag is looked for that a delayed request may still write: for two minutes, as long as proxies keep a
 * request.
 */
const LOOKS_FOR_LATE_TAG = 3;

/**
 * Makes one registry write of the outbox: puts our mark on a failing image, takes it off a passing one, or puts right one
 * that somebody pushed; in a rehearsal puts it on record instead. The verdict is read again from the record first: a job
 * says which effect, never why.
 */
export async function writeMark(context: PipelineContext, effectId: string, signal: AbortSignal): Promise<void> {
  const effect = await context.records.outbox.begin(effectId, context.clock(), {
    rehearsing: rehearsing(context),
    limits: context.quarantine.breaker,
  });
  if (effect === null || effect.kind === 'notice') return;
  const log = context.logger.child({ correlationId: effect.subject.correlationId, effect: effect.kind, effectId });
  if (effect.kind === 'undo') return undoFalseMark(context, effect, { log, signal });
  const permission = mayWrite(effect, context.quarantine);
  if (permission.kind === 'never') {
    log.info({ why: permission.why }, 'effect superseded');
    context.metrics.effect(effect.kind, 'superseded');
    await enqueueEffects(context, await context.records.outbox.supersede(effectId, permission.why, context.clock()));
    return;
  }
  if (permission.kind === 'later') {
    await postpone(context, effect, { why: permission.why });
    return;
  }
  if (effect.kind === 'quarantine' && (await holdByBreaker(context, effect, log))) return;
  const isRehearsal = isRehearsed(effect, context.quarantine);
  const done = await (isRehearsal ? rehearseMark : write)(context, effect, signal).catch((error: unknown) =>
    recordFailure(context, effect, { error, log, replyUnknown: !isRehearsal }),
  );
  if (done === undefined) return;
  if (mayYetCome(effect, done)) {
    const why = 'the mark is not there; a write whose answer was lost may still put it';
    await postpone(context, effect, { why });
    return;
  }
  await recordEnd(context, effect, { log, ...done, announce: noticesOfDisplaced(context, effect, done) });
}

async function write(context: PipelineContext, effect: MarkEffect, signal: AbortSignal): Promise<Done> {
  const { subject } = effect;
  const registry = writable(context.registries.get(subject.registryId), subject.registryId);
  const { kind, tag: mark } = effect;
  const { tag: template, label } = context.quarantine;
  const { outbox, locked: images } = context.records;
  return applyMark({ kind, mark, template, label, registry, known: subject, images, outbox, signal });
}

/**
 * Somebody pushed another image under the tag with the whole digest, and no event said so; the notice is planned here,
 * where it was found.
 */
function noticesOfDisplaced(
  context: PipelineContext,
  { subject }: MarkEffect,
  { result, mark }: Done,
): readonly PlannedNotice[] {
  if (result !== 'tagged-over' || mark === undefined || mark.tag === null) return [];
  const reason = `The tag ${mark.tag} is the mark of this image, and was pushed for another.`;
  return planFalseMarkNotice(context, { tag: mark.tag, about: subject, reason }, { result: 'put-back' });
}

const ABSENT = new Set(['tag-absent', 'label-absent', 'lock-absent']);

/** A release that finds no tag though one was on its way: whether the tag was lost or is late, nobody knows yet. */
function mayYetCome({ kind, subject, manual, attempts }: MarkEffect, { result }: Done): boolean {
  if (kind !== 'release' || !ABSENT.has(result) || manual) return false;
  return subject.mark !== 'quarantined' && attempts < LOOKS_FOR_LATE_TAG;
}
