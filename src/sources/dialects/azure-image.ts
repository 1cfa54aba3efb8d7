import type { JsonObject } from '../../kit/json.ts';
import { valueAt } from '../../kit/json-path.ts';
import type { RawEvent } from './announce-event.ts';
import { objectMember, requireObject, requireText, textMember } from './event-fields.ts';

/**
 * The image that Azure Container Registry names in `target` and `request`, the same in its webhooks and in Event Grid.
 * Only an image that is `required` must be there. https://learn.microsoft.com/azure/container-registry/container-registry-webhook-reference
 * @throws {InvalidInputError} `EVENT_MALFORMED`
 */
export function readAzureImage(
  data: JsonObject,
  where: string,
  { required }: { readonly required: boolean },
): Pick<RawEvent, 'host' | 'repository' | 'tag' | 'digest' | 'mediaType'> {
  const target = required ? requireObject(valueAt(data, 'target'), `${where}.target`) : objectMember(data, 'target');
  if (required) requireText(target, 'repository', `${where}.target`);
  return {
    host: textMember(objectMember(data, 'request'), 'host'),
    repository: textMember(target, 'repository'),
    tag: textMember(target, 'tag'),
    digest: textMember(target, 'digest'),
    mediaType: textMember(target, 'mediaType'),
  };
}
