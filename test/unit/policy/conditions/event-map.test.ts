import { describe, expect, it } from 'vitest';
import type { MappedEvent } from '../../../../src/domain/event-map.ts';
import { InvalidInputError } from '../../../../src/kit/errors.ts';
import type { Json } from '../../../../src/kit/json.ts';
import { compileEventMap, type EventExpressions } from '../../../../src/policy/conditions/compile-event-map.ts';

function read(written: EventExpressions, body: Json, headers: Record<string, string> = {}): readonly MappedEvent[] {
  const compiled = compileEventMap(written);
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.faults));
  return compiled.map.read(body, headers).map((one) => one());
}

function faultsOf(written: EventExpressions): readonly string[] {
  const compiled = compileEventMap(written);
  return compiled.ok ? [] : compiled.faults.map(({ key, why }) => `${key}: ${why}`);
}

function refusalOf(written: EventExpressions, body: Json): unknown {
  try {
    read(written, body);
  } catch (error) {
    return error;
  }
  return undefined;
}

const value = (text: string | number | boolean) => ({ kind: 'value', value: text });

describe('what a map finds', () => {
  it('is in the body, in headers and, event by event, in a list', () => {
    expect(read({ repository: 'body.repo', id: 'headers["x-id"]' }, { repo: 'acme/app' }, { 'x-id': '7' })).toEqual([
      { repository: value('acme/app'), id: value('7') },
    ]);
    const written = { events: 'body.items.filter(i, i.kind == "image")', repository: 'body.name', tag: 'event.tag' };
    const items = [
      { kind: 'image', tag: 'a' },
      { kind: 'chart', tag: 'b' },
      { kind: 'image', tag: 'c' },
    ];
    expect(read(written, { name: 'r', items })).toEqual([
      { repository: value('r'), tag: value('a') },
      { repository: value('r'), tag: value('c') },
    ]);
  });

  it('is one event for each tag of a list', () => {
    const body = { name: 'acme/app', tags: ['v1', 'latest'] };
    const events = [
      { repository: value('acme/app'), tag: value('v1') },
      { repository: value('acme/app'), tag: value('latest') },
    ];
    expect(read({ events: 'body.tags', repository: 'body.name', tag: 'event' }, body)).toEqual(events);
    const made = 'body.tags.map(t, {"name": body.name, "tag": t})';
    expect(read({ events: made, repository: 'event.name', tag: 'event.tag' }, body)).toEqual(events);
  });

  it('is absent where the event does not have it, or has null', () => {
    const written = { repository: 'event.repo', tag: 'event.tags[0]', digest: 'event.digest', id: 'headers.id' };
    const absent = { kind: 'absent' };
    expect(read(written, { tags: [], digest: null })).toEqual([
      { repository: absent, tag: absent, digest: absent, id: absent },
    ]);
  });

  it('is a fault with the reason where it cannot be told, or is neither text, number nor truth', () => {
    const [event] = read(
      { repository: 'event.a.lowerAscii()', tag: 'event.b', digest: 'event.a + event.b' },
      { a: 5, b: {} },
    );
    expect(event?.repository).toMatchObject({ kind: 'fault' });
    expect(event?.tag).toEqual({ kind: 'fault', why: 'it gives map' });
    expect(event?.digest).toMatchObject({ kind: 'fault' });
  });

  it('is a time in any of its forms', () => {
    const timeOf = (time: string) =>
      read({ repository: 'body.r', time }, { r: 'a', s: 5, t: '2026-11-23T08:00:00Z' })[0]?.time;
    expect(timeOf('body.t')).toEqual(value('2026-11-23T08:00:00Z'));
    expect(timeOf('body.s')).toEqual(value(5));
    expect(timeOf('int(body.s) / 5')).toEqual(value(1));
    expect(timeOf('timestamp(body.t) + duration("500ms")')).toEqual(value(1_795_420_800.5));
  });

  it('is no list of events where the list is not there, or is none', () => {
    const listOf = (events: string) => read({ events, repository: 'event.r' }, { n: 5 })[0]?.repository;
    expect(listOf('body.items')).toEqual({
      kind: 'fault',
      why: 'the list of events cannot be told: field not found: items',
    });
    expect(listOf('body.n')).toEqual({ kind: 'fault', why: 'the list of events cannot be told: it gives double' });
  });

  it('has its texts cut after 4,096 characters, which no name of an image has', () => {
    const [event] = read({ repository: 'body.r' }, { r: 'a'.repeat(10_000) });
    expect(event?.repository).toEqual(value('a'.repeat(4_096)));
  });
});

describe('a map that no body could satisfy', () => {
  it.each<[EventExpressions, string]>([
    [{ repository: 'bdy.repo' }, 'repository: unknown name `bdy`; did you mean `body`? (at column 1)'],
    [{ repository: 'predicate.repo' }, 'unknown name `predicate`; known are `body`, `headers`, `event`'],
    [{ events: 'event.items', repository: 'event.r' }, 'events: unknown name `event`; known are `body`, `headers`'],
    [{ repository: 'event.name.lowr()' }, 'did you mean `lowerAscii`?'],
    [{ repository: '5' }, 'repository: it gives int, and must give string'],
    [{ repository: 'event.a == event.b' }, 'it gives bool, and must give string'],
    [{ repository: 'event.r', kind: 'size(event.a)' }, 'kind: it gives int, and must give string or bool'],
    [
      { repository: 'event.r', time: 'true' },
      'time: it gives bool, and must give string or int or double or timestamp',
    ],
    [{ events: '"a"', repository: 'event.r' }, 'events: it gives string, and must give list'],
    [{ repository: 'headers.n + 5' }, '`+` does not go with string and int'],
    [{ repository: 'event.(' }, 'at column'],
    [{ repository: '' }, 'it is empty'],
    [{ repository: 'event.r.find("[")' }, 'the pattern "[" cannot be used'],
    [{ repository: 'event.r\n  .lowr()' }, 'line 2, column 3 of the expression'],
  ])('is a fault of the configuration: %j', (written, fault) => {
    expect(faultsOf(written).join('\n')).toContain(fault);
  });

  it('tells everything that is wrong at once', () => {
    expect(faultsOf({ repository: 'a', tag: 'b', digest: 'event.d' })).toHaveLength(2);
  });

  it.each([
    'event.r.matches(event.p)',
    'matches(event.r, "a" + event.p)',
    'event.l.filter(x, x.find(event.p) == "")[0]',
  ])('takes no pattern from who writes the body (A20): %s', (repository) => {
    expect(faultsOf({ repository, kind: '"push"' }).join()).toContain('expected a pattern that is written here');
  });
});

describe('a body made to keep a map busy (A20)', () => {
  const many = (count: number, member: Json): Json => Array.from({ length: count }, () => member);
  const written = (events: string): EventExpressions => ({ events, repository: 'event.r' });

  it.each<[string, EventExpressions, Json]>([
    ['loops in loops', written('body.a.filter(x, body.a.exists(y, x == y + "!"))'), { a: many(1_000, 'x') }],
    [
      'the comparison of large values, again and again',
      written('body.a.filter(x, x == body.b)'),
      { a: many(50, many(190, 'x')), b: many(190, 'x') },
    ],
    [
      'objects in lists',
      written('body.a.filter(x, x in body.a)'),
      { a: many(100, Object.fromEntries(Array.from({ length: 80 }, (_, index) => [`k${index}`, 1]))) },
    ],
    ['text that doubles', { repository: '(body.t + body.t + body.t).replace("a", body.t)' }, { t: 'a'.repeat(4_096) }],
    [
      'long texts for a long pattern',
      written('body.a.filter(x, x.matches("(a|b)*a(a|b){500}"))'),
      { a: many(20, 'ab'.repeat(2_000)) },
    ],
  ])('is refused as too much work: %s', (_name, map, body) => {
    const refusal = refusalOf(map, body);
    expect(refusal).toBeInstanceOf(InvalidInputError);
    expect(refusal).toMatchObject({ code: 'EVENT_TOO_LARGE' });
    expect(String(refusal)).toContain('it takes too much work');
  });

  it('leaves honest bodies all they need: 256 events with conditions, patterns and parts of texts', () => {
    const map: EventExpressions = {
      events: 'body.events.filter(e, e.type == "docker")',
      repository: 'event.path.split("/")[0] + "/" + event.name.lowerAscii()',
      tag: 'event.tag.matches("^[a-z0-9.-]+$") ? event.tag : ""',
      digest: '"sha256:" + event.sha',
      kind: 'event.action == "pushed" ? "push" : event.action == "deleted" ? "delete" : "other"',
      time: 'event.at',
      host: 'event.url.split("/")[2]',
      actor: 'event.user.name',
      id: 'string(int(event.id))',
    };
    const event = {
      type: 'docker',
      action: 'pushed',
      path: 'acme/app/v1',
      name: 'App',
      tag: 'v1.2.3',
      sha: 'a'.repeat(64),
      at: '2026-11-23T08:00:00Z',
      url: 'https://registry.example.com/acme/app',
      user: { name: 'me' },
      id: 5,
    };
    const events = read(map, { events: many(256, event) });
    expect(events).toHaveLength(256);
    expect(events[255]).toMatchObject({ repository: value('acme/app'), kind: value('push'), id: value('5') });
  });

  it('takes nothing from the next body', () => {
    const map = written('body.a.filter(x, body.a.exists(y, x == y + "!"))');
    const compiled = compileEventMap(map);
    if (!compiled.ok) throw new Error('not compiled');
    expect(() => compiled.map.read({ a: many(1_000, 'x') }, {})).toThrow(InvalidInputError);
    expect(compiled.map.read({ a: ['x!', 'x'] }, {})).toHaveLength(1);
  });
});
