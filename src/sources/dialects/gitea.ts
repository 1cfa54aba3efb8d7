import type { Dialect } from '../../domain/registry-event.ts';
import { valueAt } from '../../kit/json-path.ts';
import { announceEvent, ignoredEvent } from './announce-event.ts';
import {
  hostPart,
  objectMember,
  parsePayload,
  parseTime,
  requireObject,
  requireText,
  textMember,
} from './event-fields.ts';
import { headerOf } from './header-of.ts';

const KINDS: Readonly<Record<string, 'push' | 'delete'>> = { created: 'push', deleted: 'delete' };

/**
 * Reads the webhook event `package` of Gitea and Forgejo, which is sent for every manifest that is put, also again under
 * the same tag. `version` is the tag, or the digest of what was pushed without one. Owners may be written with
 * capitals, repositories never are.
 * https://docs.gitea.com/usage/webhooks, https://forgejo.org/docs/latest/user/webhooks/
 * @throws {InvalidInputError} `EVENT_MALFORMED`
 */
export const parseGitea: Dialect = (delivery) => {
  const body = requireObject(parsePayload(delivery.body), 'body');
  const eventId = headerOf(delivery, 'x-gitea-delivery') ?? headerOf(delivery, 'x-forgejo-delivery');
  const type = headerOf(delivery, 'x-gitea-event') ?? headerOf(delivery, 'x-forgejo-event') ?? 'package';
  if (type !== 'package') return [ignoredEvent(`its event is "${type.slice(0, 32)}", not package`, { eventId })];
  const about = requireObject(valueAt(body, 'package'), 'body.package');
  const format = requireText(about, 'type', 'body.package');
  if (format !== 'container') return [ignoredEvent(`its package is of the type "${format.slice(0, 32)}"`, { eventId })];
  const action = requireText(body, 'action', 'body');
  const kind = Object.hasOwn(KINDS, action) ? KINDS[action] : undefined;
  const owner = requireText(objectMember(about, 'owner'), 'login', 'body.package.owner');
  return [
    announceEvent({
      kind: kind ?? 'ignored',
      ...(kind === undefined && { reason: `its action is "${action.slice(0, 32)}", not a push` }),
      host: hostPart(textMember(about, 'html_url')),
      repository: `${owner}/${requireText(about, 'name', 'body.package')}`.toLowerCase(),
      tag: textMember(about, 'version'),
      digest: null,
      actor: textMember(objectMember(body, 'sender'), 'login'),
      time: parseTime(valueAt(about, 'created_at')),
      eventId,
    }),
  ];
};
