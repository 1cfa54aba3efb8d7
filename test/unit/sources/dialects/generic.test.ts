import { describe, expect, it } from 'vitest';
import type { EventMap, MappedEvent } from '../../../../src/domain/event-map.ts';
import { InvalidInputError } from '../../../../src/kit/errors.ts';
import { compileEventMap, type EventExpressions } from '../../../../src/policy/conditions/compile-event-map.ts';
import { findDialect } from '../../../../src/sources/dialects/dialects.ts';
import { createGeneric } from '../../../../src/sources/dialects/generic.ts';
import { eventOf } from './fixture.ts';
import { readOne } from './read-one.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;

function generic(written: EventExpressions) {
  const compiled = compileEventMap(written);
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.faults));
  return createGeneric(compiled.map);
}

/** A dialect whose map finds this, whatever the body. */
function finding(found: MappedEvent) {
  const map: EventMap = { written: {}, read: () => [() => found] };
  return createGeneric(map);
}

const REPOSITORY = { repository: { kind: 'value', value: 'acme/app' } } as const;

describe('a dialect by a map', () => {
  it('is read of a body and its headers', () => {
    const dialect = generic({
      repository: 'event.image.name',
      tag: 'event.image.tag',
      digest: 'event.image.digest',
      kind: 'headers["x-event"]',
      time: 'event.at',
      host: 'event.registry',
      actor: 'event.by',
      id: 'headers["x-id"]',
    });
    const body = {
      image: { name: 'acme/app', tag: 'v1', digest: DIGEST },
      at: 1_795_420_800,
      registry: 'registry.example.com',
      by: 'me\u0007',
    };
    expect(readOne(dialect, body, { 'x-event': 'push', 'x-id': '7' })).toEqual(
      eventOf({
        host: 'registry.example.com',
        repository: 'acme/app',
        tag: 'v1',
        digest: DIGEST as never,
        actor: 'me\u{FFFD}',
        time: '2026-11-23T08:00:00.000Z',
        eventId: '7',
      }),
    );
  });

  it('reads each event of a list, and loses none to one beside it', () => {
    const dialect = generic({ events: 'body.events', repository: 'event.name', tag: 'event.tag' });
    const events = [
      { name: 'a', tag: 'b' },
      { name: 5, tag: 'b' },
      { name: 'c', tag: 'd' },
    ];
    const body = Buffer.from(JSON.stringify({ events }));
    expect(dialect({ body, headers: {} }).map(({ kind, reason }) => [kind, reason])).toEqual([
      ['push', null],
      ['ignored', 'its repository is a number, not a text'],
      ['push', null],
    ]);
  });

  it('knows a push, a delete and everything else by what its kind gives', () => {
    const kindOf = (written: unknown) => {
      const { kind, reason } = readOne(generic({ repository: '"a"', tag: '"b"', kind: 'body.kind' }), {
        kind: written,
      });
      return reason ?? kind;
    };
    expect(kindOf('push')).toBe('push');
    expect(kindOf(true)).toBe('push');
    expect(kindOf('delete')).toBe('delete');
    expect(kindOf('pull\u202e')).toBe('its kind is "pull\u{FFFD}", not a push');
    expect(kindOf(false)).toBe('its kind is false, not a push');
    expect(kindOf(5)).toBe('its kind is 5, not a push');
    expect(kindOf(null)).toBe('its kind is not there');
    expect(kindOf({})).toBe('its kind cannot be told: it gives map');
  });

  it('ignores an event by the reason that its map gives no text', () => {
    const fault = { kind: 'fault', why: 'because\u202e' } as const;
    const number = { kind: 'value', value: 5 } as const;
    const reasonOf = (found: MappedEvent) => readOne(finding(found), {}).reason;
    expect(reasonOf({ repository: fault })).toBe('its repository cannot be told: because\u{FFFD}');
    expect(reasonOf({ repository: { kind: 'absent' } })).toBe('it names no repository');
    expect(reasonOf({ ...REPOSITORY, tag: number })).toBe('its tag is a number, not a text');
    expect(reasonOf({ ...REPOSITORY, digest: { kind: 'value', value: true } })).toBe(
      'its digest is a boolean, not a text',
    );
    expect(reasonOf({ ...REPOSITORY, host: fault })).toBe('its host cannot be told: because\u{FFFD}');
  });

  it('takes for not given what is only noted and is no text', () => {
    const number = { kind: 'value', value: 5 } as const;
    const truth = { kind: 'value', value: true } as const;
    const tag = { kind: 'value', value: 'v1' } as const;
    const found = { ...REPOSITORY, tag, actor: number, id: truth, time: truth };
    expect(readOne(finding(found), {})).toEqual(eventOf({ repository: 'acme/app', tag: 'v1' }));
  });

  it('is refused as malformed where the body is no JSON, and as too large over 256 events or 10,000 values', () => {
    const noJson = { body: Buffer.from('{'), headers: {} };
    expect(() => generic({ repository: 'body.r' })(noJson)).toThrow(InvalidInputError);
    const codeOf = (body: unknown): string => {
      try {
        generic({ events: 'body', repository: 'event.r' })({ body: Buffer.from(JSON.stringify(body)), headers: {} });
      } catch (error) {
        if (error instanceof InvalidInputError) return error.code;
      }
      return 'taken';
    };
    expect(codeOf(Array.from({ length: 256 }, () => ({})))).toBe('taken');
    expect(codeOf(Array.from({ length: 257 }, () => ({})))).toBe('EVENT_TOO_LARGE');
    expect(codeOf(Array.from({ length: 10_001 }, () => 0))).toBe('EVENT_MALFORMED');
  });

  it('needs its map', () => {
    expect(() => findDialect('generic')).toThrow('expected a map with the dialect generic, got none');
  });
});
