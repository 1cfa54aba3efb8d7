import { readFileSync } from 'node:fs';
import { parseEventMap } from '../../../../src/config/event-map-schema.ts';
import type { Delivery, Dialect, RegistryEvent } from '../../../../src/domain/registry-event.ts';
import { findDialect } from '../../../../src/sources/dialects/dialects.ts';

const FOLDER = new URL('../../../fixtures/events/', import.meta.url);

/** A recorded body with the headers recorded beside it. */
export function readFixture(name: string): Delivery {
  const body = readFileSync(new URL(name, FOLDER));
  return { body, headers: readHeaders(name.replace(/\.json$/, '.headers')) };
}

/** The dialect of this name; `generic` by the recorded map. */
export function dialectOf(name: string): Dialect {
  if (name !== 'generic') return findDialect(name);
  const map = parseEventMap('generic.map.yaml', readFileSync(new URL('generic.map.yaml', FOLDER), 'utf8'));
  if (!map.ok) throw new Error(JSON.stringify(map.issues));
  return findDialect(name, map.value);
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
