import { readFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { DIALECT_NAMES, type DialectName } from '../../domain/dialect-names.ts';
import type { EventMap } from '../../domain/event-map.ts';
import type { Delivery, RegistryEvent } from '../../domain/registry-event.ts';
import { errorCode } from '../../kit/error-code.ts';
import { InvalidInputError } from '../../kit/errors.ts';
import { nearestWord } from '../../kit/nearest-word.ts';
import { findDialect } from '../../sources/dialects/dialects.ts';
import { payloadLimits } from '../../sources/dialects/payload-limits.ts';
import { outlineJson } from '../../sources/json-outline.ts';
import type { CliContext } from '../cli-context.ts';
import { plainJson, plainText } from '../plain-text.ts';
import { readStream, tooLarge } from '../read-stream.ts';
import type { OutputFormat } from '../shared-options.ts';

/** What `events parse` was asked for. */
export interface PrintEventsRequest {
  readonly dialect: string;
  /** The file of a map, for the dialect `generic`. */
  readonly map?: string;
  /** `Name: value` lines. */
  readonly header?: readonly string[];
  /** Standard input where absent or `-`. */
  readonly file: string | undefined;
  readonly output: OutputFormat;
}

/**
 * Prints the events of one delivery, one line each.
 * @throws {InvalidInputError} `USAGE_INVALID`, and whatever the dialect says about the payload.
 */
export async function printEvents(request: PrintEventsRequest, context: CliContext): Promise<void> {
  const name = dialectOf(request.dialect);
  const dialect = findDialect(name, await readMap(name, request.map));
  const headers = parseHeaders(request.header ?? []);
  // What a receiver takes of one delivery; more would be refused there as well.
  const { bodyBytes, depth } = payloadLimits(name);
  const body = await outlineJson(await readBody(request.file, bodyBytes, context), depth);
  const delivery: Delivery = { body, headers };
  for (const event of dialect(delivery)) {
    context.terminal.out(request.output === 'json' ? plainJson(inOrder(event)) : renderEvent(event));
  }
}

function dialectOf(name: string): DialectName {
  const found = DIALECT_NAMES.find((known) => known === name);
  if (found !== undefined) return found;
  const nearest = nearestWord(name, DIALECT_NAMES);
  throw new InvalidInputError('USAGE_INVALID', `there is no dialect "${name}"`, [
    {
      where: '--dialect',
      message: `expected one of ${DIALECT_NAMES.join(', ')}`,
      ...(nearest !== undefined && { hint: `Did you mean ${nearest}?` }),
    },
  ]);
}

async function readMap(dialect: DialectName, file: string | undefined): Promise<EventMap | undefined> {
  if (dialect !== 'generic' && file !== undefined) {
    const message = '`--map` is for the dialect generic alone';
    throw new InvalidInputError('USAGE_INVALID', message, [{ where: '--map', message }]);
  }
  if (file === undefined) return undefined;
  // With the language of expressions: only who uses it pays for it.
  const { parseEventMap } = await import('../../config/event-map-schema.ts');
  const reading = parseEventMap(file, readMapFile(file));
  if (reading.ok) return reading.value;
  throw new InvalidInputError('USAGE_INVALID', 'the map cannot be used', reading.issues);
}

function readMapFile(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    const code = errorCode(cause) ?? 'unknown';
    const message = code === 'ENOENT' ? 'there is no such file' : `it cannot be read (${code})`;
    throw new InvalidInputError('USAGE_INVALID', 'the map cannot be read', [{ where: file, message }], { cause });
  }
}

function parseHeaders(lines: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(lines.map(parseHeader));
}

// https://www.rfc-editor.org/rfc/rfc9110#name-field-names
const HEADER = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*)$/;

function parseHeader(line: string): [name: string, value: string] {
  const [, name, value] = HEADER.exec(line) ?? [];
  if (name !== undefined && value !== undefined) return [name.toLowerCase(), value.trim()];
  throw new InvalidInputError('USAGE_INVALID', 'a header cannot be read', [
    { where: '--header', message: `expected 'Name: value', got '${line}'`, hint: "For example: -H 'ce-id: 42'" },
  ]);
}

async function readBody(file: string | undefined, maxBytes: number, context: CliContext): Promise<Uint8Array> {
  if (file === undefined || file === '-') return context.readStdin(maxBytes);
  const handle = await open(file).catch((error: NodeJS.ErrnoException) => {
    throw unreadable(file, error);
  });
  try {
    if ((await handle.stat()).isDirectory()) throw unreadable(file, { code: 'EISDIR' });
    return await readStream(handle.createReadStream({ autoClose: false }), maxBytes);
  } catch (error) {
    throw error instanceof InvalidInputError && error.code === 'EVENT_TOO_LARGE' ? tooLarge(file, maxBytes) : error;
  } finally {
    await handle.close();
  }
}

function unreadable(file: string, error: { readonly code?: string | undefined }): InvalidInputError {
  const why = error.code === 'ENOENT' ? 'there is no such file' : `it cannot be read (${error.code ?? 'unknown'})`;
  return new InvalidInputError('USAGE_INVALID', 'the payload cannot be read', [
    { where: file, message: why, hint: 'Give the body of one delivery as a file, or on standard input with "-".' },
  ]);
}

/** The keys in the order people and scripts were promised. */
function inOrder(event: RegistryEvent): RegistryEvent {
  const { kind, reason, host, repository, tag, digest, mediaType, actor, time, eventId } = event;
  return { kind, reason, host, repository, tag, digest, mediaType, actor, time, eventId };
}

function renderEvent(event: RegistryEvent): string {
  const name = `${event.host ?? '?'}/${event.repository ?? '?'}`;
  const tag = event.tag === null ? '' : `:${event.tag}`;
  const digest = event.digest === null ? '' : `@${event.digest}`;
  const why = event.reason === null ? '' : ` (${event.reason})`;
  const by = event.actor === null ? '' : ` by ${event.actor}`;
  const when = event.time === null ? '' : ` at ${event.time}`;
  return plainText(`${event.kind} ${name}${tag}${digest}${by}${when}${why}`);
}
