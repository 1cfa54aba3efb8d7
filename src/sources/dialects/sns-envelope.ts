import { isJsonObject, type Json } from '../../kit/json.ts';
import { valueAt } from '../../kit/json-path.ts';
import { malformed, parsePayload } from './event-fields.ts';

/**
 * What a body is about: the message inside of a notification of SNS, or the body itself, which is how SNS hands over
 * with "raw message delivery". `where` is what to call it.
 * https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html
 * @throws {InvalidInputError} `EVENT_MALFORMED` for a notification without a message, or one that is no JSON
 */
export function openSnsEnvelope(body: Json): { readonly value: Json; readonly where: string } {
  if (!isJsonObject(body) || valueAt(body, 'Type') !== 'Notification') return { value: body, where: 'body' };
  const message = valueAt(body, 'Message');
  if (typeof message === 'string') return { value: parsePayload(Buffer.from(message), 'Message'), where: 'Message' };
  throw malformed('body.Message', 'expected the text of a notification of SNS, got none');
}
