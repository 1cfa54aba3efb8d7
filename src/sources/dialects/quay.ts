import type { Dialect, RegistryEvent } from '../../domain/registry-event.ts';
import { isJsonObject, type Json } from '../../kit/json.ts';
import { valueAt } from '../../kit/json-path.ts';
import { announceEvent, type RawEvent } from './announce-event.ts';
import {
  cleanText,
  hostPart,
  MAX_EVENTS,
  malformed,
  parsePayload,
  requireObject,
  requireText,
  textMember,
} from './event-fields.ts';
import { parseEach } from './parse-each.ts';

/**
 * Reads Quay's notification of a push: one event for each tag it names, in a list, or as the names of an object whose
 * values are no digests (the shape of 2013). Nothing in it says what kind of notification it is, so one without
 * `updated_tags` (builds, mirrors, vulnerabilities) is ignored.
 * https://docs.quay.io/guides/notifications.html
 * @throws {InvalidInputError} `EVENT_MALFORMED`
 */
export const parseQuay: Dialect = (delivery) => {
  const body = requireObject(parsePayload(delivery.body), 'body');
  const place = { host: hostPart(textMember(body, 'docker_url')), repository: textMember(body, 'repository') };
  const tags = valueAt(body, 'updated_tags');
  if (tags === undefined) {
    const reason = 'it is about no push: it has no updated_tags';
    return [announceEvent({ kind: 'ignored', reason, ...place, tag: null, digest: null })];
  }
  return parsePush(tags, { kind: 'push', ...place, repository: requireText(body, 'repository', 'body'), digest: null });
};

function parsePush(tags: Json, push: Omit<RawEvent, 'tag'>): readonly RegistryEvent[] {
  const named = [...new Set(namesOf(tags))];
  // Quay gives up on a receiver that refuses three times, and whoever pushes chooses how many tags: it is told that
  // something was pushed to this repository.
  if (named.length === 0 || named.length > MAX_EVENTS) return [announceEvent({ ...push, tag: null })];
  return parseEach(named, (tag, index) => {
    if (typeof tag !== 'string') throw malformed(`body.updated_tags[${index}]`, 'expected the name of a tag');
    return [announceEvent({ ...push, tag: cleanText(tag) })];
  });
}

/** @throws {InvalidInputError} `EVENT_MALFORMED` */
function namesOf(tags: Json): readonly Json[] {
  if (Array.isArray(tags)) return tags;
  if (isJsonObject(tags)) return Object.keys(tags);
  throw malformed('body.updated_tags', 'expected a list of tags, or an object named by them');
}
