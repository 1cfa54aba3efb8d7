import type { Logger } from 'pino';
import { FaultError, InvalidInputError } from '../../kit/errors.ts';
import type { MarkUpdate, PlannedNotice } from '../../ports/effect-outbox.ts';
import type { WriteEffect } from '../../ports/effect-record.ts';
import type { ConfiguredRegistry } from '../../ports/registries.ts';
import { enqueueEffects } from '../enqueue.ts';
import type { PipelineContext } from '../pipeline-context.ts';
import { heldUntil, retryEffectAt } from '../retry-times.ts';

/** How a registry write ended. */
interface End {
  readonly log: Logger;
  readonly result: string;
  readonly mark?: MarkUpdate;
  readonly rehearsedMark?: string | null;
  readonly announce?: readonly PlannedNotice[];
}

/**
 * Records that a write is done, once the record can be written. If the process dies before, the write is on record as begun,
 * and is made again.
 */
export async function recordEnd(context: PipelineContext, effect: WriteEffect, { log, ...end }: End): Promise<void> {
  const finished = { now: context.clock(), attempt: effect.attempts, ...end };
  const ready = await context.records.outbox.finish(effect.id, finished);
  const { result, mark, rehearsedMark } = end;
  log.info({ result, tag: mark?.tag ?? rehearsedMark ?? effect.tag }, `${effect.kind} done`);
  context.metrics.effect(effect.kind, result === 'rehearsed' ? 'rehearsed' : 'done');
  await enqueueEffects(context, ready);
}

/** Leaves a write for later, because what it depends on is not known yet; without a time, for a minute. */
export async function postpone(
  context: PipelineContext,
  effect: WriteEffect,
  { why, until }: { readonly why: string; readonly until?: Date },
): Promise<void> {
  const now = context.clock();
  const retryAt = until ?? heldUntil(now, 'soon');
  const failure = { now, error: why, retryAt, attempt: effect.attempts };
  await enqueueEffects(context, await context.records.outbox.fail(effect.id, failure));
}

/**
 * Records that a write failed, and when it is tried again; people are told of a refusal.
 * @throws {unknown} anything but a `FaultError` or an `InvalidInputError`
 */
export async function recordFailure(
  context: PipelineContext,
  effect: WriteEffect,
  {
    error,
    log,
    replyUnknown = true,
    announce,
  }: {
    readonly error: unknown;
    readonly log: Logger;
    /** False where nothing was written yet. */
    readonly replyUnknown?: boolean;
    /** The notices that tell people of a refusal, given its reason. */
    readonly announce?: (why: string) => readonly PlannedNotice[];
  },
): Promise<undefined> {
  if (!(error instanceof FaultError || error instanceof InvalidInputError)) throw error;
  const now = context.clock();
  const isRefused = error instanceof FaultError && !error.retryable;
  const retryAt = isRefused ? heldUntil(now, 'refused') : retryEffectAt(now, effect.attempts, error);
  log.warn({ err: error, retryAt }, `${effect.kind} failed`);
  context.metrics.effect(effect.kind, isRefused || retryAt === null ? 'failed' : 'retry');
  const ready = await context.records.outbox.fail(effect.id, {
    now,
    error: `${error.code}: ${error.message}`,
    retryAt,
    held: isRefused,
    replyUnknown: replyUnknown && !isRefused,
    attempt: effect.attempts,
    ...(isRefused && announce && { announce: announce(error.message) }),
  });
  await enqueueEffects(context, ready);
  return undefined;
}

/**
 * A registry that may be written to.
 * @throws {FaultError} `TAG_WRITE_REFUSED` without write credentials
 */
export function writable(
  registry: ConfiguredRegistry | undefined,
  id: string,
): ConfiguredRegistry & { readonly writer: NonNullable<ConfiguredRegistry['writer']> } {
  if (registry?.writer) return { ...registry, writer: registry.writer };
  throw new FaultError('TAG_WRITE_REFUSED', `no write credentials are configured for the registry "${id}"`, {
    retryable: false,
    hint: 'Give the registry `writeCredentials`, or set `quarantine.mode: observe`.',
  });
}
