import type { Dialect, RegistryEvent } from '../../domain/registry-event.ts';
import { isJsonObject, type Json, type JsonObject } from '../../kit/json.ts';
import { valueAt } from '../../kit/json-path.ts';
import { announceEvent, type RawEvent } from './announce-event.ts';
import { type CloudEvent, isCloudEvent, parseCloudEvents } from './cloud-event.ts';
import {
  hostPart,
  MAX_EVENTS,
  malformed,
  objectMember,
  parsePayload,
  parseTime,
  requireList,
  requireObject,
  requireText,
  textMember,
} from './event-fields.ts';
import { parseEach } from './parse-each.ts';

/** What both formats say about the event as a whole. */
interface Frame {
  readonly type: string;
  readonly where: string;
  readonly data: Json | undefined;
  readonly actor: string | null;
  readonly time: string | null;
  readonly eventId: string | null;
}

// `pushImage` and `deleteImage` are the names of Harbor 1.x.
const PUSHES = ['PUSH_ARTIFACT', 'pushImage', 'harbor.artifact.pushed'];
const DELETES = ['DELETE_ARTIFACT', 'deleteImage', 'harbor.artifact.deleted'];

/**
 * Reads Harbor's webhook in its Default and its CloudEvents format; one event for each resource. An untagged push
 * carries its digest as tag.
 * https://goharbor.io/docs/latest/working-with-projects/project-configuration/configure-webhooks/
 * @throws {InvalidInputError} `EVENT_MALFORMED`, `EVENT_TOO_LARGE`, `EVENT_UNSUPPORTED`
 */
export const parseHarbor: Dialect = (delivery) => {
  const body = parsePayload(delivery.body);
  if (!isCloudEvent(delivery, body)) return parseFrame(defaultFrame(requireObject(body, 'body')));
  return parseCloudEvents(delivery, body, (event) => parseFrame(cloudFrame(event)));
};

function defaultFrame(body: JsonObject): Frame {
  return {
    type: requireText(body, 'type', 'body'),
    where: 'event_data',
    data: valueAt(body, 'event_data'),
    actor: textMember(body, 'operator'),
    time: parseTime(valueAt(body, 'occur_at')),
    eventId: null,
  };
}

function cloudFrame(event: CloudEvent): Frame {
  const { type, where, data, time, id } = event;
  return { type, where, data, actor: textMember(event.attributes, 'operator'), time, eventId: id };
}

function parseFrame(frame: Frame): readonly RegistryEvent[] {
  const kind = PUSHES.includes(frame.type) ? 'push' : DELETES.includes(frame.type) ? 'delete' : 'ignored';
  if (kind === 'ignored') return parseIgnored(frame);
  const data = requireObject(frame.data, frame.where);
  const repository = parseRepository(data, frame.where);
  const resources = requireList(valueAt(data, 'resources'), `${frame.where}.resources`);
  if (resources.length === 0) throw malformed(`${frame.where}.resources`, 'expected at least one resource, got none');
  return parseEach(resources, (value, index) => {
    const resource = requireObject(value, `${frame.where}.resources[${index}]`);
    return [parseResource(frame, { kind, repository }, resource)];
  });
}

function parseResource(
  frame: Frame,
  about: Pick<RawEvent, 'kind' | 'reason' | 'repository'>,
  resource: JsonObject,
): RegistryEvent {
  const { actor, time, eventId } = frame;
  return announceEvent({
    ...about,
    host: hostPart(textMember(resource, 'resource_url')),
    tag: textMember(resource, 'tag'),
    digest: textMember(resource, 'digest'),
    actor,
    time,
    eventId,
  });
}

function parseRepository(data: JsonObject, where: string): string {
  const repository = requireObject(valueAt(data, 'repository'), `${where}.repository`);
  return requireText(repository, 'repo_full_name', `${where}.repository`);
}

/** Scans, replications and so on: what they name is shown, and nothing in them needs to be right. */
function parseIgnored(frame: Frame): readonly RegistryEvent[] {
  const data = objectMember({ data: frame.data ?? null }, 'data');
  const repository = textMember(objectMember(data, 'repository'), 'repo_full_name');
  const about = {
    kind: 'ignored',
    reason: `its type is "${frame.type.slice(0, 64)}", not a push`,
    repository,
  } as const;
  const resources = valueAt(data, 'resources');
  const named = Array.isArray(resources) ? resources.filter(isJsonObject).slice(0, MAX_EVENTS) : [];
  return (named.length === 0 ? [{}] : named).map((resource) => parseResource(frame, about, resource));
}
