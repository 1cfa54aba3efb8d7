import type { Dialect } from '../../domain/registry-event.ts';
import { valueAt } from '../../kit/json-path.ts';
import { announceEvent, ignoredEvent } from './announce-event.ts';
import { parsePayload, parseTime, requireObject, requireText, textMember } from './event-fields.ts';
import { headerOf } from './header-of.ts';

const COMPONENT = 'rm:repository:component';
const KINDS: Readonly<Record<string, 'push' | 'delete'>> = { CREATED: 'push', UPDATED: 'push', DELETED: 'delete' };

/**
 * Reads the webhook of Nexus Repository for components, of which it sends many for one upload. No host is in it, and the
 * image is named as under path-based routing: by its repository in Nexus and the name of the component. `version` is the
 * tag, or the digest of what has none.
 * https://help.sonatype.com/en/repository-manager-webhooks.html
 * @throws {InvalidInputError} `EVENT_MALFORMED`
 */
export const parseNexus: Dialect = (delivery) => {
  const body = requireObject(parsePayload(delivery.body), 'body');
  const eventId = headerOf(delivery, 'x-nexus-webhook-delivery');
  const type = headerOf(delivery, 'x-nexus-webhook-id') ?? COMPONENT;
  if (type !== COMPONENT) return [ignoredEvent(`its event is "${type.slice(0, 64)}", not ${COMPONENT}`, { eventId })];
  const component = requireObject(valueAt(body, 'component'), 'body.component');
  const format = requireText(component, 'format', 'body.component');
  if (format !== 'docker')
    return [ignoredEvent(`its component is of the format "${format.slice(0, 32)}"`, { eventId })];
  const action = requireText(body, 'action', 'body');
  const kind = Object.hasOwn(KINDS, action) ? KINDS[action] : undefined;
  return [
    announceEvent({
      kind: kind ?? 'ignored',
      ...(kind === undefined && { reason: `its action is "${action.slice(0, 32)}", not a push` }),
      host: null,
      repository: `${requireText(body, 'repositoryName', 'body')}/${requireText(component, 'name', 'body.component')}`,
      tag: textMember(component, 'version'),
      digest: null,
      actor: textMember(body, 'initiator'),
      time: parseTime(valueAt(body, 'timestamp')),
      eventId,
    }),
  ];
};
