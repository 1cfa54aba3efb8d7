import { readFileSync } from 'node:fs';
import type { Delivery, RegistryEvent } from '../../../../src/domain/registry-event.ts';

const FOLDER = new URL('../../../fixtures/events/', import.meta.url);

/** A recorded body with the headers recorded beside it. */
export function readFixture(name: string): Delivery {
  const body = readFileSync(new URL(name, FOLDER));
  return { body, headers: readHeaders(name.replace(/\.json$/, '.headers')) };
}

/** An event with these fields and `null` for all others. */
export function eventOf(fields: Partial<RegistryEvent>): RegistryEvent {
  const nothing = { reason: null, host: null, repository: null, tag: null, digest: null, mediaType: null };
  return { kind: 'push', ...nothing, actor: null, time: null, eventId: null, ...fields };
}

function readHeaders(name: string): Record<string, string> {
  let text: string;
  try {
    text = readFileSync(new URL(name, FOLDER), 'utf8');
  } catch {
    return { 'content-type': 'application/json' };
  }
  const lines = text.split('\n').filter((line) => line !== '');
  return Object.fromEntries(
    lines.map((line) => [line.split(': ')[0]!.toLowerCase(), line.slice(line.indexOf(': ') + 2)]),
  );
}
