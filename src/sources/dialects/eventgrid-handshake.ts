import { valueAt } from '../../kit/json-path.ts';
import { malformed, parsePayload } from './event-fields.ts';
import type { Handshake } from './handshake.ts';

// A GUID in every example; what is sent back can be no markup.
const CODE = /^[\w.~+/=-]{1,256}$/;
// RFC 1035: names have at most 253 characters.
const DNS_NAME = /^[a-z\d](?:[a-z\d.-]{0,251}[a-z\d])?$/i;

/**
 * How Event Grid makes sure that a receiver wants its events: in its own schema by an event whose code is sent back, for
 * CloudEvents by the method OPTIONS. Both carry addresses at which one could agree later (`validationUrl`,
 * `WebHook-Request-Callback`): nobody calls them.
 * https://learn.microsoft.com/azure/event-grid/end-point-validation-event-grid-events-schema
 * https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/http-webhook.md#4-abuse-protection
 * @throws {InvalidInputError} `EVENT_MALFORMED`, of a question that cannot be read
 */
export const eventgridHandshake: Handshake = {
  answer({ body, headers }) {
    if (headers['aeg-event-type'] !== 'SubscriptionValidation') return undefined;
    const events = parsePayload(body);
    // "The array contains only the validation event."
    const event = Array.isArray(events) && events.length === 1 ? events[0] : undefined;
    if (valueAt(event, 'eventType') !== 'Microsoft.EventGrid.SubscriptionValidationEvent') {
      throw malformed('body', 'expected the one event of a validation of Event Grid');
    }
    const code = valueAt(event, 'data', 'validationCode');
    if (typeof code === 'string' && CODE.test(code)) return { validationResponse: code };
    throw malformed('body[0].data.validationCode', 'expected a code of letters and digits');
  },
  permit(headers) {
    const origin = headers['webhook-request-origin'];
    if (origin === undefined || !DNS_NAME.test(origin)) return undefined;
    // What is too much is told by 429, which makes Event Grid wait.
    return { 'WebHook-Allowed-Origin': origin, 'WebHook-Allowed-Rate': '*' };
  },
};
