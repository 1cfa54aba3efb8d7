import { LOCK_MARK, labelOf } from '../../domain/mark-name.ts';
import { FaultError } from '../../kit/errors.ts';
import type { MarkUpdate } from '../../ports/effect-outbox.ts';
import type { MarkEffect } from '../../ports/effect-record.ts';
import { applyMark } from '../../quarantine/apply-mark.ts';
import { createRecordingWriter } from '../../quarantine/recording-writer.ts';
import { modeOf } from '../mode-of.ts';
import type { PipelineContext, QuarantineSettings } from '../pipeline-context.ts';

/** How a registry write ended that may have been a rehearsal. */
export interface Done {
  readonly result: string;
  readonly mark?: MarkUpdate;
  readonly rehearsedMark?: string | null;
}

/** The registries where writes are only rehearsed. */
export function rehearsing({
  registries,
  quarantine,
}: Pick<PipelineContext, 'registries' | 'quarantine'>): readonly string[] {
  return [...registries.keys()].filter((id) => modeOf(quarantine, id) === 'rehearse');
}

/**
 * Whether a write is only rehearsed. Not what a person asks for, and not the release of an image that really carries a
 * mark, put before the rehearsal: a mark comes off an image that passes in any mode.
 */
export function isRehearsed(
  { kind, subject, manual }: Pick<MarkEffect, 'kind' | 'subject' | 'manual'>,
  settings: Pick<QuarantineSettings, 'mode' | 'modes'>,
): boolean {
  if (manual || modeOf(settings, subject.registryId) !== 'rehearse') return false;
  return kind === 'quarantine' || (subject.mark !== 'quarantined' && subject.rehearsedMark !== null);
}

/**
 * Does everything a write does but the write: asks the registry under which name the tag would stand, and whether the
 * image is there. Neither needs nor uses credentials for writing.
 * @throws {FaultError} `REGISTRY_*`, `DIGEST_MISMATCH`; `TAG_WRITE_REFUSED` where the registry is not configured any more
 */
export async function rehearseMark(context: PipelineContext, effect: MarkEffect, signal: AbortSignal): Promise<Done> {
  const { kind, tag: mark, subject } = effect;
  if (kind === 'release') return { result: 'rehearsed', rehearsedMark: null };
  // Planned before the rehearsal, by another mode.
  if (mark === LOCK_MARK || labelOf(mark) !== undefined) return { result: 'rehearsed', rehearsedMark: mark };
  const registry = context.registries.get(subject.registryId);
  if (registry === undefined) {
    const why = `the registry "${subject.registryId}" is not configured any more`;
    throw new FaultError('TAG_WRITE_REFUSED', why, { retryable: false });
  }
  const { tag: template, label } = context.quarantine;
  const { outbox, locked: images } = context.records;
  const writer = createRecordingWriter();
  const { id, reader } = registry;
  const to = { id, reader, writer };
  const done = await applyMark({ kind, mark, template, label, registry: to, known: subject, images, outbox, signal });
  // Nothing would have been written: the image is gone, or the tag stands there already.
  if (writer.asked.length === 0) return done;
  return { result: 'rehearsed', rehearsedMark: done.mark.tag };
}
