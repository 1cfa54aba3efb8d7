import { readClaim } from '../../intake/read-claim.ts';
import { enqueueEffects, enqueueJudgements } from '../enqueue.ts';
import { lookAgainFor } from '../judge/not-yet.ts';
import type { PipelineContext } from '../pipeline-context.ts';
import { claimContext } from './claim-context.ts';

/**
 * Finds the digest of an event that named only a tag: asked once, and from then on everything is by digest.
 * @throws {FaultError} `REGISTRY_*` when the registry did not say; the event stays unresolved and is tried again.
 */
export async function resolveEvent(context: PipelineContext, eventId: string, signal: AbortSignal): Promise<void> {
  const event = await context.records.inbox.findUnresolved(eventId);
  if (event === null) return;
  const registry = context.registries.get(event.origin.registryId);
  if (registry === undefined) {
    context.logger.warn({ eventId, registry: event.origin.registryId }, 'this registry is no longer configured');
    return;
  }
  const manifest = await registry.reader.readManifest(event.repository, { tag: event.tag }, signal);
  // Left as it is, the sweeper asks for it again.
  if (manifest === null && lookAgainFor(event.receivedAt, context.clock()) !== null) return;
  const digest = manifest?.digest ?? null;
  const { inbox } = context.records;
  const { repository, tag, origin } = event;
  const claims = claimContext(origin.registryId, { quarantineTag: context.quarantine.tag, inbox });
  const { undo } = await readClaim({ repository, tag, digest }, claims);
  const receipt = await inbox.resolve(eventId, digest, {
    ...(undo !== null && { undo }),
    now: context.clock(),
    policyRevision: context.policies().revision,
    trustEpoch: context.trustEpoch(),
  });
  context.logger.info(
    {
      // The number of the subject, which may have been known before: this event joins its story.
      correlationId: receipt.correlationId,
      eventId,
      repository: event.repository,
      tag: event.tag,
      digest,
    },
    manifest === null ? 'the tag is gone' : 'tag resolved',
  );
  await enqueueEffects(context, receipt.effects ?? []);
  if (receipt.judge) await enqueueJudgements(context, [receipt.judge]);
}
