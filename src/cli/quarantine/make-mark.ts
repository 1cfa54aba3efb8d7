import { setTimeout as delay } from 'node:timers/promises';
import { FaultError, InvalidInputError } from '../../kit/errors.ts';
import { retryEffectAt } from '../../pipeline/retry-times.ts';
import type { EffectRecord } from '../../ports/effect-record.ts';
import type { SubjectHistory } from '../../ports/record-query.ts';
import { applyMark } from '../../quarantine/apply-mark.ts';
import type { Records } from '../../records/create-records.ts';
import type { MarkPlan } from './mark-plan.ts';

/** How the registry write ended, as the record has it. */
export type MadeMark = Pick<SubjectHistory['effects'][number], 'state' | 'result' | 'error' | 'tag'>;

/**
 * Asks the record for the change and makes it, by the same outbox as the daemon: whoever comes first to an effect makes
 * it, the other sees that it is done.
 * @throws {FaultError} of the registry: the change stays on record, and a daemon tries again where that may help
 */
export async function makeMark(plan: MarkPlan, by: string, records: Records, signal: AbortSignal): Promise<MadeMark> {
  const { kind, tag, subject } = plan;
  const refs = await records.manual.request(subject, kind, { now: new Date(), tag, by, effects: [] });
  const id = refs.find((ref) => ref.kind === kind)?.id ?? (await findOpen(plan, records));
  if (id === undefined) throw new TypeError('the record took the change and has no effect of it');
  for (;;) {
    const effect = await records.outbox.begin(id, new Date());
    if (effect !== null) return write(plan, effect, records, signal);
    const made = await lookUp(plan, id, records);
    if (made !== undefined) return made;
    // A daemon is writing this very thing, or something else to the same image that must end first.
    await delay(POLL_MS, undefined, { signal });
  }
}

async function write(plan: MarkPlan, effect: EffectRecord, records: Records, signal: AbortSignal): Promise<MadeMark> {
  const { registry, template, label, tag, kind, known } = plan;
  try {
    const done = await applyMark({
      kind,
      mark: tag,
      template,
      label,
      registry,
      known,
      images: records.locked,
      outbox: records.outbox,
      signal,
    });
    await records.outbox.finish(effect.id, { now: new Date(), attempt: effect.attempts, ...done });
    return { state: 'done', result: done.result, error: null, tag: done.mark.tag ?? tag };
  } catch (error) {
    if (error instanceof FaultError || error instanceof InvalidInputError) {
      const now = new Date();
      const retryAt = retryEffectAt(now, effect.attempts, error);
      const why = `${error.code}: ${error.message}`;
      await records.outbox.fail(effect.id, { now, error: why, retryAt, attempt: effect.attempts });
    }
    throw error;
  }
}

/** The same change, asked for before and not made yet. */
async function findOpen({ kind, subject }: MarkPlan, records: Records): Promise<string | undefined> {
  const history = await records.query.readHistory(subject);
  return history?.effects.find((effect) => effect.kind === kind && OPEN.has(effect.state))?.id;
}

const OPEN = new Set(['pending', 'sending', 'held']);
/** A write takes a second or two; the record is asked this often meanwhile. */
const POLL_MS = 200;

/** How the effect ended; `undefined` while it is open. */
async function lookUp({ subject }: MarkPlan, id: string, records: Records): Promise<MadeMark | undefined> {
  const history = await records.query.readHistory(subject);
  const effect = history?.effects.find((one) => one.id === id);
  if (effect === undefined) throw new TypeError('the effect is not on record any more');
  // Tried and failed, or held: a daemon has it and goes on trying; the reason is on record.
  const isLeft = effect.state === 'held' || (effect.state === 'pending' && effect.error !== null);
  return !OPEN.has(effect.state) || isLeft ? effect : undefined;
}
