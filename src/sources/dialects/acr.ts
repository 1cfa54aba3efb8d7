import type { Dialect } from '../../domain/registry-event.ts';
import { valueAt } from '../../kit/json-path.ts';
import { announceEvent } from './announce-event.ts';
import { readAzureImage } from './azure-image.ts';
import { parsePayload, parseTime, requireObject, requireText, textMember } from './event-fields.ts';

const KINDS: Readonly<Record<string, 'push' | 'delete'>> = { push: 'push', delete: 'delete' };

/**
 * Reads the webhooks of Azure Container Registry, one event in each; `ping`, `quarantine` and the actions of Helm charts
 * announce no image. https://learn.microsoft.com/azure/container-registry/container-registry-webhook-reference
 * @throws {InvalidInputError} `EVENT_MALFORMED`
 */
export const parseAcr: Dialect = (delivery) => {
  const body = requireObject(parsePayload(delivery.body), 'body');
  const action = requireText(body, 'action', 'body');
  const kind = Object.hasOwn(KINDS, action) ? KINDS[action] : undefined;
  return [
    announceEvent({
      kind: kind ?? 'ignored',
      ...(kind === undefined && { reason: `its action is "${action.slice(0, 32)}", not a push` }),
      ...readAzureImage(body, 'body', { required: kind !== undefined }),
      time: parseTime(valueAt(body, 'timestamp')),
      eventId: textMember(body, 'id'),
    }),
  ];
};
