import type { Delivery, RegistryEvent } from '../../domain/registry-event.ts';
import { InvalidInputError } from '../../kit/errors.ts';
import { isJsonObject, type Json, type JsonObject } from '../../kit/json.ts';
import { valueAt } from '../../kit/json-path.ts';
import {
  cleanText,
  MAX_EVENTS,
  malformed,
  parsePayload,
  parseTime,
  requireList,
  requireObject,
  requireText,
  textMember,
} from './event-fields.ts';
import { parseEach } from './parse-each.ts';

/** One CloudEvent (https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md), its data not yet read. */
export interface CloudEvent {
  /** Where its data is in the delivery, for error messages. */
  readonly where: string;
  readonly type: string;
  readonly source: string | null;
  readonly id: string | null;
  /** ISO 8601. */
  readonly time: string | null;
  readonly data: Json | undefined;
  /** All attributes of structured mode, extensions included; empty in binary mode. */
  readonly attributes: JsonObject;
}

/** Whether this delivery is a CloudEvent of any mode: by its headers, or by `specversion` in its body. */
export function isCloudEvent(delivery: Delivery, body: Json): boolean {
  if (header(delivery, 'type') !== undefined || header(delivery, 'specversion') !== undefined) return true;
  const first = Array.isArray(body) ? body[0] : body;
  return isJsonObject(first) && valueAt(first, 'specversion') !== undefined;
}

/**
 * Reads a delivery in binary mode (attributes in `ce-…` headers, or `ce_…` as Kafka writes them; the body is the
 * data), in structured mode (one JSON object) or in batched mode (a list of those). `body` is the parsed body; `read`
 * makes of each CloudEvent what it announces.
 * @throws {InvalidInputError} `EVENT_MALFORMED`, `EVENT_UNSUPPORTED` (another major version), `EVENT_TOO_LARGE`
 */
export function parseCloudEvents(
  delivery: Delivery,
  body: Json,
  read: (event: CloudEvent) => readonly RegistryEvent[],
  most = MAX_EVENTS,
): readonly RegistryEvent[] {
  const type = header(delivery, 'type');
  if (type !== undefined || header(delivery, 'specversion') !== undefined)
    return read(parseBinary(delivery, type, body));
  if (!Array.isArray(body)) return read(parseStructured(body, 'body'));
  return parseEach(requireList(body, 'body', most), (event, index) => read(parseStructured(event, `body[${index}]`)));
}

function parseBinary(delivery: Delivery, type: string | undefined, body: Json): CloudEvent {
  if (type === undefined || type === '')
    throw malformed('header Ce-Type', 'expected the type of the event, got nothing');
  checkVersion(header(delivery, 'specversion'), 'header Ce-Specversion');
  return {
    where: 'body',
    type: cleanText(type),
    source: headerText(delivery, 'source'),
    id: headerText(delivery, 'id'),
    time: parseTime(header(delivery, 'time')),
    data: body,
    attributes: {},
  };
}

function parseStructured(value: Json, where: string): CloudEvent {
  const event = requireObject(value, where);
  if (valueAt(event, 'specversion') === undefined) {
    throw malformed(
      `${where}.specversion`,
      'expected a CloudEvent, got neither Ce-… headers (binary mode) nor this member',
    );
  }
  checkVersion(valueAt(event, 'specversion'), `${where}.specversion`);
  return {
    where: `${where}.data`,
    type: requireText(event, 'type', where),
    source: textMember(event, 'source'),
    id: textMember(event, 'id'),
    time: parseTime(valueAt(event, 'time')),
    data: parseData(event, where),
    attributes: event,
  };
}

/** Senders that hold their data as bytes write it as `data_base64` (CloudEvents JSON format 1.0.2, section 3.1.1). */
function parseData(event: JsonObject, where: string): Json | undefined {
  const encoded = valueAt(event, 'data_base64');
  if (Object.hasOwn(event, 'data') || typeof encoded !== 'string') return valueAt(event, 'data');
  return parsePayload(Buffer.from(encoded, 'base64'), `${where}.data_base64`);
}

function checkVersion(version: Json | undefined, where: string): void {
  if (typeof version !== 'string') throw malformed(where, 'expected the CloudEvents version "1.0", got nothing');
  if (version.startsWith('1.')) return;
  const message = `expected the CloudEvents version "1.0", got "${cleanText(version).slice(0, 20)}"`;
  throw new InvalidInputError('EVENT_UNSUPPORTED', `${where}: ${message}`, [{ where, message }]);
}

function headerText(delivery: Delivery, name: string): string | null {
  const text = header(delivery, name);
  return text === undefined || text === '' ? null : cleanText(text);
}

/** The HTTP binding prefixes attributes with `ce-`, the Kafka binding with `ce_`. */
function header(delivery: Delivery, name: string): string | undefined {
  return ownHeader(delivery, `ce-${name}`) ?? ownHeader(delivery, `ce_${name}`);
}

function ownHeader(delivery: Delivery, name: string): string | undefined {
  return Object.hasOwn(delivery.headers, name) ? delivery.headers[name] : undefined;
}
