import type { Logger } from 'pino';
import { isReadOnly } from '../../domain/mark-name.ts';
import { markNames } from '../../domain/tag-template.ts';
import type { UndoEffect } from '../../ports/effect-record.ts';
import type { SubjectRecord } from '../../ports/subject-record.ts';
import { removeFalseMark, restoreMark, type Undone } from '../../quarantine/apply-undo.ts';
import { planOwnName, planUndo, type UndoPlan } from '../../quarantine/plan-undo.ts';
import { pointsTo, readName } from '../../quarantine/read-name.ts';
import { holdUndo } from '../../quarantine/undo-budget.ts';
import { enqueueEffects } from '../enqueue.ts';
import { modeOf } from '../mode-of.ts';
import type { PipelineContext } from '../pipeline-context.ts';
import { awaitVerdictAt, heldUntil } from '../retry-times.ts';
import { postpone, recordEnd, recordFailure, writable } from './effect-end.ts';
import { type FalseMark, planFalseMarkNotice } from './plan-false-mark-notice.ts';

interface Turn {
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/**
 * Puts a tag of ours right that somebody has pushed: back on the image whose mark it is, or off one that it does not
 * mark. The event itself is not believed: the registry is asked where the tag points, and the record says whose it is.
 * People are told only of tags that were really out of place.
 */
export async function undoFalseMark(context: PipelineContext, effect: UndoEffect, turn: Turn): Promise<void> {
  const { log } = turn;
  const seen = await look(context, effect, turn).catch((error) =>
    recordFailure(context, effect, { error, log, replyUnknown: false }),
  );
  if (seen === undefined) return;
  const { plan, found } = seen;
  if (plan.kind === 'wait') return wait(context, effect, plan.why);
  if (plan.kind === 'nothing') {
    // An earlier try may have done it without recording it, so that nobody was told.
    const result = effect.replyUnknown ? doneBefore(seen) : null;
    const announce = result === null ? [] : planFalseMarkNotice(context, found, { result });
    return recordEnd(context, effect, { log, result: result ?? plan.result, announce });
  }
  const mode = modeOf(context.quarantine, effect.subject.registryId);
  if (isReadOnly(mode)) {
    const result = mode === 'rehearse' ? 'rehearsed' : 'observed';
    return recordEnd(context, effect, { log, result, announce: planFalseMarkNotice(context, found, { result }) });
  }
  if (await hold(context, effect, { found, log })) return;
  const result = await act(context, effect, { plan, turn }).catch((error) =>
    recordFailure(context, effect, { error, log, announce: (why) => planFalseMarkNotice(context, found, { why }) }),
  );
  if (result === undefined) return;
  // Between look and deletion a write of ours may have put the tag where it belongs: then it is put back by the next look.
  if (plan.kind === 'take-off' && (await findHolder(context, effect)) !== null) {
    return wait(context, effect, 'meanwhile the tag became the mark of another image');
  }
  return recordEnd(context, effect, { log, result, announce: planFalseMarkNotice(context, found, { result }) });
}

interface Seen {
  readonly plan: UndoPlan;
  readonly found: FalseMark;
  /** Whether the tag is an image's mark. */
  readonly isHeld: boolean;
}

function doneBefore({ plan, isHeld }: Seen): Undone | null {
  if (plan.kind !== 'nothing' || plan.result === 'tag-moved') return null;
  if (isHeld) return 'put-back';
  return plan.result === 'tag-absent' ? 'untagged' : 'marked-nothing';
}

async function look(context: PipelineContext, effect: UndoEffect, { signal }: Turn): Promise<Seen> {
  const { subject, tag } = effect;
  const registry = context.registries.get(subject.registryId);
  const isNameOf = (image: Pick<SubjectRecord, 'digest'>) =>
    markNames(context.quarantine.tag, image.digest).includes(tag);
  const found = (about: SubjectRecord, reason: string): FalseMark => ({ tag, about, reason });
  const nothingYet = found(subject, `The tag ${tag} was pushed where it does not belong.`);
  if (registry === undefined) {
    return { plan: { kind: 'nothing', result: 'tag-moved' }, found: nothingYet, isHeld: false };
  }
  const holder = await findHolder(context, effect);
  const early = holder === null && isNameOf(subject) ? planOwnName(subject) : null;
  // This is decided without a request, because it happens every few minutes, and whoever pushes can cause it.
  if (early?.kind === 'wait') return { plan: early, found: nothingYet, isHeld: false };
  const named = await readName(registry.reader, subject.repository, tag, signal);
  const other = named.kind === 'manifest' ? named.manifest.digest : null;
  const pushed = other ?? 'something that is too large to be read';
  if (holder !== null) {
    const plan = planUndo({ named, holder, bearer: null, isOwnName: false });
    const isBack = plan.kind === 'nothing';
    const reason = `The tag ${tag} marks this image, and was pushed for ${isBack ? 'another' : pushed}.`;
    return { plan, found: found(holder.subject, reason), isHeld: true };
  }
  if (named.kind === 'nothing') {
    const plan = planUndo({ named, holder, bearer: null, isOwnName: false });
    return { plan, found: nothingYet, isHeld: false };
  }
  const { registryId, repository } = subject;
  const isOnIt = other === null || pointsTo(named, subject.digest);
  const bearer = isOnIt ? subject : await context.records.inbox.findSubject({ registryId, repository, digest: other });
  const isOwnName = named.kind === 'manifest' && isNameOf(bearer ?? named.manifest);
  const plan = planUndo({ named, holder, bearer, isOwnName });
  const why = isOwnName ? 'which is not quarantined' : 'whose mark it cannot be';
  const reason = `The tag ${tag} was pushed for ${pushed}, ${why}.`;
  return { plan, found: plan.kind === 'nothing' ? nothingYet : found(bearer ?? subject, reason), isHeld: false };
}

function findHolder({ records }: PipelineContext, effect: UndoEffect) {
  const { registryId, repository } = effect.subject;
  return records.outbox.findHolder({ registryId, repository, tag: effect.tag });
}

async function act(
  context: PipelineContext,
  effect: UndoEffect,
  { plan, turn }: { readonly plan: Extract<UndoPlan, { kind: 'put-back' | 'take-off' }>; readonly turn: Turn },
): Promise<Undone> {
  const { registryId, repository } = effect.subject;
  const { reader, writer } = writable(context.registries.get(registryId), registryId);
  const request = { reader, writer, repository, tag: effect.tag, signal: turn.signal };
  return plan.kind === 'put-back' ? restoreMark(request, plan.digest) : removeFalseMark(request);
}

async function wait(context: PipelineContext, effect: UndoEffect, why: string): Promise<void> {
  await postpone(context, effect, { why, until: awaitVerdictAt(context.clock(), effect.attempts) });
}

async function hold(
  context: PipelineContext,
  effect: UndoEffect,
  { found, log }: { readonly found: FalseMark; readonly log: Logger },
): Promise<boolean> {
  const why = holdUndo(effect.undone, context.quarantine.breaker);
  if (why === null) return false;
  log.warn({ why }, 'a false mark is left for the moment');
  context.metrics.effect(effect.kind, 'held');
  const now = context.clock();
  const ready = await context.records.outbox.fail(effect.id, {
    now,
    error: why,
    retryAt: heldUntil(now, 'falseMark'),
    held: true,
    attempt: effect.attempts,
    announce: planFalseMarkNotice(context, found, { why }),
  });
  await enqueueEffects(context, ready);
  return true;
}
