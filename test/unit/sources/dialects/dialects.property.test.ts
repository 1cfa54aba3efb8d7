import { readdirSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DIALECT_NAMES } from '../../../../src/domain/dialect-names.ts';
import { EVENT_FIELDS } from '../../../../src/domain/event-map.ts';
import { isRepositoryName } from '../../../../src/domain/image-reference.ts';
import { InvalidInputError } from '../../../../src/kit/errors.ts';
import { compileEventMap } from '../../../../src/policy/conditions/compile-event-map.ts';
import { createGeneric } from '../../../../src/sources/dialects/generic.ts';
import { dialectOf, readFixture } from './fixture.ts';

const FILES = readdirSync(new URL('../../../fixtures/events/', import.meta.url)).filter((name) =>
  name.endsWith('.json'),
);

// Values that have broken readers before, put in the place of any member of a recorded payload.
const strange = fc.oneof(
  fc.constantFrom(null, true, -1, 1e308, '', '\u0000', '\ud800', '__proto__', [], {}, [[]], 'a'.repeat(2000)),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.jsonValue({ maxDepth: 3 }),
);

describe('mutated payloads', () => {
  it.each(DIALECT_NAMES)('never make the %s dialect throw anything but InvalidInputError', (name) => {
    const dialect = dialectOf(name);
    const files = FILES.filter((file) => file.startsWith(`${name}-`)).map(readFixture);
    const mutation = fc.record({ file: fc.constantFrom(...files), at: fc.nat(), value: strange });
    fc.assert(
      fc.property(mutation, ({ file, at, value }) => {
        const body = Buffer.from(mutate(Buffer.from(file.body).toString(), at, value));
        for (const event of attempt(() => dialect({ ...file, body }))) {
          expect(['push', 'delete', 'ignored']).toContain(event.kind);
          expect(event.kind === 'ignored').toBe(event.reason !== null);
          expect(JSON.stringify(event)).not.toContain('\\u0000');
        }
      }),
      { numRuns: 1000 },
    );
  });

  it.each(DIALECT_NAMES)('never make the %s dialect throw anything else when bytes are changed', (name) => {
    const files = FILES.filter((file) => file.startsWith(`${name}-`)).map(readFixture);
    const mutation = fc.record({ file: fc.constantFrom(...files), at: fc.nat(), byte: fc.nat(255) });
    fc.assert(
      fc.property(mutation, ({ file, at, byte }) => {
        const body = Buffer.from(file.body);
        body[at % body.length] = byte;
        attempt(() => dialectOf(name)({ ...file, body }));
      }),
      { numRuns: 1000 },
    );
  });
});

// What operators may write, right or wrong for the body it meets.
const EXPRESSIONS = [
  ...[
    'body',
    'event',
    'body.a',
    'event.a.b',
    'event["a"][0]',
    'headers["ce-type"]',
    'string(event.a)',
    'event.a + event.b',
  ],
  ...['event.a.lowerAscii().split("/")[1]', 'event.map(k, k)[0]', 'event.a.find("^[a-z]+")', 'timestamp(event.a)'],
  ...[
    'event.a == event ? "push" : "delete"',
    'has(event.a) ? event.a : null',
    'event in [body, event.b]',
    '5 / int(event)',
  ],
  ...['event.all(x, x == event) ? "a" : "b"', 'body.filter(x, x != event)[0]', 'event.a.replace("a", event.b)'],
];

describe('any map', () => {
  it('makes the generic dialect throw nothing but InvalidInputError (A20)', () => {
    const expression = fc.constantFrom(...EXPRESSIONS);
    const fields = fc.record(
      { ...Object.fromEntries(EVENT_FIELDS.map((field) => [field, expression])), repository: expression },
      { requiredKeys: ['repository'] },
    );
    const written = fc.record({
      events: fc.option(fc.constantFrom('body', 'body.a', '[body, body.a]'), { nil: undefined }),
      fields,
    });
    fc.assert(
      fc.property(written, fc.jsonValue({ maxDepth: 4 }), headers, ({ events, fields: found }, value, given) => {
        const map = compileEventMap({ events, ...found });
        if (!map.ok) return;
        const body = Buffer.from(JSON.stringify(value));
        for (const event of attempt(() => createGeneric(map.map)({ body, headers: given }))) {
          expect(event.kind === 'ignored').toBe(event.reason !== null);
          expect(JSON.stringify(event)).not.toContain('\\u0000');
        }
      }),
      { numRuns: 1000 },
    );
  });
});

// What senders say about a body beside it: whatever of it is missing, doubled or of another sender.
const headers = fc.dictionary(
  fc.constantFrom(
    ...['ce-type', 'ce-specversion', 'ce-id', 'ce-time', 'ce-source', 'ce_type', 'ce_specversion', 'content-type'],
    ...['x-github-event', 'x-github-delivery', 'x-gitea-event', 'x-gitea-delivery', 'x-forgejo-event', 'host'],
    ...['x-nexus-webhook-id', 'x-nexus-webhook-delivery', 'x-event-key', 'aeg-event-type', '__proto__', 'constructor'],
  ),
  fc.oneof(
    fc.constantFrom('', '1.0', '2.0', 'package', 'registry_package', 'push', 'ping', 'rm:repository:component'),
    fc.constantFrom('dev.lazaret.image.pushed.v1', 'zotregistry.image.updated', 'SubscriptionValidation'),
    fc.string({ unit: 'binary', maxLength: 40 }),
  ),
);

describe('any JSON under any headers', () => {
  it.each(DIALECT_NAMES)('makes the %s dialect throw nothing but InvalidInputError', (name) => {
    const dialect = dialectOf(name);
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), headers, (value, given) => {
        const body = Buffer.from(JSON.stringify(value));
        for (const event of attempt(() => dialect({ body, headers: given }))) {
          expect(event.kind === 'ignored').toBe(event.reason !== null);
          // A sweep is sent only to what can be a repository, and only where no image is named.
          if (event.isUnnamed === true) {
            expect(event).toMatchObject({ kind: 'ignored', tag: null, digest: null });
            expect(isRepositoryName(event.repository ?? '')).toBe(true);
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  it.each(DIALECT_NAMES)('makes the %s dialect read its own bodies or refuse them with InvalidInputError', (name) => {
    const files = FILES.filter((file) => file.startsWith(`${name}-`)).map(readFixture);
    fc.assert(
      fc.property(fc.constantFrom(...files), headers, ({ body }, given) => {
        attempt(() => dialectOf(name)({ body, headers: given }));
      }),
      { numRuns: 300 },
    );
  });
});

function attempt<T>(run: () => readonly T[]): readonly T[] {
  try {
    return run();
  } catch (error) {
    if (error instanceof InvalidInputError) return [];
    throw error;
  }
}

/** Replaces one value of the document, chosen by number, or returns broken documents as they are. */
function mutate(text: string, at: number, value: unknown): string {
  let count = 0;
  const places = text.split(':').length;
  const chosen = at % places;
  try {
    return JSON.stringify(JSON.parse(text), (_key, old) => (count++ === chosen ? value : old)) ?? '';
  } catch {
    return text;
  }
}
