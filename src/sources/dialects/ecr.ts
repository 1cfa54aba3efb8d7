import { AWS_ACCOUNT, AWS_REGION, ecrHost } from '../../domain/ecr-host.ts';
import type { Dialect, RegistryEvent } from '../../domain/registry-event.ts';
import type { JsonObject } from '../../kit/json.ts';
import { valueAt } from '../../kit/json-path.ts';
import { announceEvent } from './announce-event.ts';
import { objectMember, parsePayload, parseTime, requireObject, requireText, textMember } from './event-fields.ts';
import { openSnsEnvelope } from './sns-envelope.ts';

/** What an event means, by its type; the rest (scans, storage classes, settings) announces no image. */
const TYPES: Readonly<Record<string, (detail: JsonObject, where: string) => Meaning>> = {
  'ECR Image Action': byAction,
  // It may be a signature: the registry is asked what was pushed.
  'ECR Referrer Action': byAction,
  // Images that are replicated or fetched from upstream are announced only by this event, without a "PUSH".
  'ECR Replication Action': (detail, where) => ifDone('push', requireText(detail, 'result', where)),
  'ECR Pull Through Cache Action': (detail, where) => ifDone('push', requireText(detail, 'sync-status', where)),
};

interface Meaning {
  readonly kind: RegistryEvent['kind'];
  readonly reason?: string;
}

/**
 * Reads what Amazon ECR tells EventBridge, as a queue or an API destination gets it, also inside of a notification of
 * SNS. The host is made from the event's account and region, which for a copy are those of the copy.
 * https://docs.aws.amazon.com/AmazonECR/latest/userguide/ecr-eventbridge.html
 * @throws {InvalidInputError} `EVENT_MALFORMED`
 */
export const parseEcr: Dialect = (delivery) => {
  const { value, where } = openSnsEnvelope(parsePayload(delivery.body));
  const event = requireObject(value, where);
  const meaning = readMeaning(event, where);
  const detail = objectMember(event, 'detail');
  if (meaning.kind !== 'ignored') requireText(detail, 'repository-name', `${where}.detail`);
  return [
    announceEvent({
      ...meaning,
      host: readHost(event),
      repository: textMember(detail, 'repository-name'),
      tag: textMember(detail, 'image-tag'),
      digest: textMember(detail, 'image-digest'),
      mediaType: textMember(detail, 'manifest-media-type'),
      time: parseTime(valueAt(event, 'time')),
      eventId: textMember(event, 'id'),
    }),
  ];
};

function readMeaning(event: JsonObject, where: string): Meaning {
  const type = requireText(event, 'detail-type', where);
  const source = requireText(event, 'source', where);
  if (source !== 'aws.ecr') return ignored(`its source is "${source.slice(0, 64)}", not aws.ecr`);
  const read = Object.hasOwn(TYPES, type) ? TYPES[type] : undefined;
  if (read === undefined) return ignored(`its type is "${type.slice(0, 64)}", not a push`);
  return read(requireObject(valueAt(event, 'detail'), `${where}.detail`), `${where}.detail`);
}

function byAction(detail: JsonObject, where: string): Meaning {
  const action = requireText(detail, 'action-type', where);
  if (action !== 'PUSH' && action !== 'DELETE') return ignored(`its action is "${action.slice(0, 32)}", not a push`);
  return ifDone(action === 'PUSH' ? 'push' : 'delete', requireText(detail, 'result', where));
}

function ifDone(kind: 'push' | 'delete', result: string): Meaning {
  return result === 'SUCCESS' ? { kind } : ignored(`its result is "${result.slice(0, 32)}", not SUCCESS`);
}

function ignored(reason: string): Meaning {
  return { kind: 'ignored', reason };
}

/** `null` where the event does not say: imitations of AWS leave the account out. */
function readHost(event: JsonObject): string | null {
  const registryId = textMember(event, 'account');
  const region = textMember(event, 'region');
  if (registryId === null || region === null) return null;
  return AWS_ACCOUNT.test(registryId) && AWS_REGION.test(region) ? ecrHost({ registryId, region }) : null;
}
