import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DIALECT_NAMES, type DialectName } from '../../../src/domain/dialect-names.ts';
import { isRepositoryName } from '../../../src/domain/image-reference.ts';
import type { Delivery } from '../../../src/domain/registry-event.ts';
import { payloadLimits } from '../../../src/sources/dialects/payload-limits.ts';
import { parseDelivery } from '../../../src/sources/parse-delivery.ts';
import { dialectOf, readFixture } from '../../unit/sources/dialects/fixture.ts';
import { readOrRefuse } from '../expect-error.ts';
import type { FuzzTarget } from '../fuzz-target.ts';

const FILES = readdirSync(join(import.meta.dirname, '../../fixtures/events'));
/** So many characters of a text in an event are kept, and a mark where it was cut. */
const MOST_TEXT = 513;

export const targets: readonly FuzzTarget[] = DIALECT_NAMES.map(targetOf);

function targetOf(name: DialectName): FuzzTarget {
  const files = FILES.filter((file) => file.startsWith(`${name}-`) && file.endsWith('.json')).map(readFixture);
  const dialect = dialectOf(name);
  const limits = payloadLimits(name);
  return {
    name: `events-${name}`,
    shape: 'json',
    seeds: files.map(({ body }) => body),
    async run(body) {
      for (const headers of distinctHeaders(files)) {
        const events = readOrRefuse(() => dialect({ body, headers })) ?? [];
        for (const event of events) {
          assert.equal(event.kind === 'ignored', event.reason !== null);
          if (event.kind !== 'ignored') assert.ok(event.repository === null || isRepositoryName(event.repository));
          for (const text of [event.host, event.tag, event.actor, event.eventId, event.mediaType]) {
            assert.ok((text ?? '').length <= MOST_TEXT, 'a text in an event is bounded');
          }
          assert.ok(Object.values(event).every(isStorable), 'what PostgreSQL cannot hold is left out');
        }
        const reading = await parseDelivery({ body, headers }, { dialect, limits });
        if (reading.kind === 'poison') assert.doesNotMatch(reading.reason, /^unexpected/);
      }
    },
  };
}

function isStorable(value: unknown): boolean {
  return typeof value !== 'string' || !value.includes('\0');
}

/** Some dialects read what kind of event it is from the headers. */
function distinctHeaders(deliveries: readonly Delivery[]): readonly Delivery['headers'][] {
  const all = deliveries.map(({ headers }) => JSON.stringify(headers));
  return [...new Set([...all, '{}'])].map((text) => JSON.parse(text) as Delivery['headers']);
}
