import { isFailing } from '../../domain/verdict.ts';
import type { MarkEffect } from '../../ports/effect-record.ts';
import { modeOf } from '../mode-of.ts';
import type { QuarantineSettings } from '../pipeline-context.ts';

/** Whether a registry write of the outbox may be made now; if not, whether it ever will. */
export type Permission =
  | { readonly kind: 'yes' }
  | { readonly kind: 'later'; readonly why: string }
  | { readonly kind: 'never'; readonly why: string };

/**
 * Compares a planned write with the verdict as it stands on record: a job only names the effect. A newer, final verdict
 * plans its own writes; while the image is being looked at again, nothing is written. By hand, an operator may
 * quarantine what fails for other reasons and release what fails, but nobody quarantines what passes. Pure.
 */
export function mayWrite(effect: MarkEffect, settings: QuarantineSettings): Permission {
  const { kind, subject, manual } = effect;
  const current = subject.verdict;
  if (current === null) return never('the image has no verdict');
  const { outcome, onFailure } = current.verdict;
  const says = `the image's verdict is ${outcome} now`;
  if (kind === 'quarantine' && current.final && outcome === 'pass') return never(says);
  if (kind === 'quarantine' && subject.mark === 'quarantined' && subject.markTag === effect.tag) {
    return never('the image carries the mark already');
  }
  const isRehearsal = !manual && modeOf(settings, subject.registryId) === 'rehearse';
  if (isRehearsal && kind === 'quarantine' && subject.rehearsedMark === effect.tag) {
    return never('in this rehearsal the image carries the mark already');
  }
  if (manual) return { kind: 'yes' };
  if (!current.final) return { kind: 'later', why: 'the image is being looked at again' };
  if (current.id !== effect.verdictId) return never(`a newer verdict is ${outcome}`);
  if (kind === 'release') return outcome === 'pass' ? { kind: 'yes' } : never(says);
  if (modeOf(settings, subject.registryId) === 'observe') return never('Lazaret only observes now');
  const marks = isFailing(outcome) || (outcome === 'rejected-input' && settings.onRejectedInput === 'quarantine');
  return marks && onFailure === 'quarantine' ? { kind: 'yes' } : never(says);
}

function never(why: string): Permission {
  return { kind: 'never', why };
}
