import { randomUUID } from 'node:crypto';
import { FaultError } from '../../kit/errors.ts';
import { type TogetherOptions, together } from '../../kit/io/together.ts';
import { storableText } from '../../kit/storable-json.ts';
import type { EventInbox, IntakeReceipt } from '../../ports/event-inbox.ts';
import type { Database } from '../database.ts';
import { insertPushes, type PushEvent, type WrittenPush } from './insert-pushes.ts';
import { firstRequest, newSubject } from './receive-subject.ts';

/**
 * As many as the receivers of webhooks take at a time. A delivery waits for another's commit for less than it takes by
 * itself, and the pool keeps connections for verdicts.
 */
export const SHARED: TogetherOptions = { most: 256, groups: 3, patienceMs: 5 };

/** Writes announced pushes: nearly all deliveries bring one, and those that wait at the same time share a statement. */
export function createAcceptPush(database: Database): EventInbox['acceptPush'] {
  const write = together<PushEvent, WrittenPush | undefined>((pushes) => writeAll(database, pushes), SHARED);
  return async (origin, event, context) => {
    const push = pushOf(origin, event, context);
    const written = await write(push);
    return written === undefined ? null : receiptOf(push, written);
  };
}

/** Nothing is written of any if one is refused: each is then written by itself, where it tells what is wrong with it. */
async function writeAll(
  database: Database,
  pushes: readonly PushEvent[],
): Promise<readonly (WrittenPush | undefined)[]> {
  try {
    return await database.run((db) => insertPushes(db, pushes));
  } catch (error) {
    if (error instanceof FaultError) throw error;
    return pushes.map(() => undefined);
  }
}

type Push = Parameters<EventInbox['acceptPush']>;

function pushOf({ sourceId, registryId }: Push[0], event: Push[1], context: Push[2]): PushEvent {
  const { repository, digest } = event;
  const tag = event.tag === null ? null : storableText(event.tag);
  const naming = { tag, correlationId: randomUUID() };
  return {
    ...newSubject({ registryId, repository, digest }, naming, context.now),
    ...context,
    sourceId,
    state: 'accepted',
    found: null,
    reason: null,
    event,
    eventRepository: storableText(repository),
  };
}

function receiptOf(push: PushEvent, { eventId, correlationId, isFirst }: WrittenPush): IntakeReceipt {
  return { eventId, correlationId, ...(isFirst && { judge: firstRequest(push) }) };
}
