import type { Dialect } from '../../domain/registry-event.ts';
import { valueAt } from '../../kit/json-path.ts';
import { announceEvent } from './announce-event.ts';
import { parsePayload, parseTime, requireObject, requireText, textMember } from './event-fields.ts';

/**
 * Reads Docker Hub's webhook: one push by tag, without a digest and without a host. `callback_url` in it lets whoever
 * knows it write into Docker Hub, so it is not read.
 * https://docs.docker.com/docker-hub/repos/manage/webhooks/
 * @throws {InvalidInputError} `EVENT_MALFORMED`
 */
export const parseDockerhub: Dialect = (delivery) => {
  const body = requireObject(parsePayload(delivery.body), 'body');
  const push = requireObject(valueAt(body, 'push_data'), 'body.push_data');
  const repository = requireObject(valueAt(body, 'repository'), 'body.repository');
  return [
    announceEvent({
      kind: 'push',
      host: 'docker.io',
      repository: requireText(repository, 'repo_name', 'body.repository'),
      tag: textMember(push, 'tag'),
      digest: null,
      mediaType: textMember(push, 'media_type'),
      actor: textMember(push, 'pusher'),
      time: parseTime(valueAt(push, 'pushed_at')),
    }),
  ];
};
