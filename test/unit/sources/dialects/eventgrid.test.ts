import { describe, expect, it } from 'vitest';
import { InvalidInputError } from '../../../../src/kit/errors.ts';
import { parseEventgrid } from '../../../../src/sources/dialects/eventgrid.ts';
import { eventOf, readFixture } from './fixture.ts';
import { readOne, whereRefused } from './read-one.ts';

const IMAGE = {
  host: 'demo.azurecr.io',
  repository: 'aci-helloworld',
  digest: 'sha256:213bbc182920ab41e18edc2001e06abcca6735d87782d9cef68abd83941cf0e5' as never,
  mediaType: 'application/vnd.docker.distribution.manifest.v2+json',
};
const PUSHED = eventOf({
  ...IMAGE,
  tag: 'v1',
  time: '2018-04-25T21:39:47.654Z',
  eventId: '831e1650-001e-001b-66ab-eeb76e069631',
});
const EVENT = {
  id: '1',
  eventType: 'Microsoft.ContainerRegistry.ImagePushed',
  eventTime: '2026-11-23T08:00:00Z',
  data: { target: { repository: 'a', tag: 'b' }, actor: { name: 'me' } },
};

describe('events of Event Grid', () => {
  it.each(['eventgrid-image-pushed.json', 'eventgrid-image-pushed-cloudevents.json'])('are read of %s', (name) => {
    expect(parseEventgrid(readFixture(name))).toEqual([PUSHED]);
  });

  it('announce a delete', () => {
    expect(parseEventgrid(readFixture('eventgrid-image-deleted.json'))).toEqual([
      eventOf({
        ...IMAGE,
        kind: 'delete',
        time: '2018-04-26T04:56:01.821Z',
        eventId: 'f06e3921-301f-42ec-b368-212f7d5354bd',
      }),
    ]);
  });

  it('are read in the order of their list, those of charts ignored', () => {
    const events = parseEventgrid(readFixture('eventgrid-multi-event.json'));
    expect(events.map(({ kind, reason }) => [kind, reason])).toEqual([
      ['push', null],
      ['ignored', 'its type is "Microsoft.ContainerRegistry.ChartPushed", not a push'],
      ['delete', null],
    ]);
  });

  it('are read alone, as a queue hands them over', () => {
    expect(readOne(parseEventgrid, EVENT)).toMatchObject({ kind: 'push', repository: 'a', actor: 'me', eventId: '1' });
    const { eventType: type, ...rest } = EVENT;
    expect(readOne(parseEventgrid, { ...rest, type, specversion: '1.0' })).toMatchObject({ kind: 'push', tag: 'b' });
  });

  it('are taken as CloudEvents in binary mode too', () => {
    const headers = { 'ce-type': EVENT.eventType, 'ce-specversion': '1.0', 'ce-id': '9' };
    expect(readOne(parseEventgrid, EVENT.data, headers)).toMatchObject({ kind: 'push', repository: 'a', eventId: '9' });
  });

  it('are no push where they validate a subscription: an address in them is only text', () => {
    expect(parseEventgrid(readFixture('eventgrid-subscription-validation.json'))).toEqual([
      eventOf({
        kind: 'ignored',
        reason: 'its type is "Microsoft.EventGrid.SubscriptionValidationEvent", not a push',
        time: '2022-10-28T04:23:35.198Z',
        eventId: '2d1781af-3a4c-4d7c-bd0c-e34b19da4e66',
      }),
    ]);
  });

  it('are not lost with an unreadable one beside them', () => {
    const body = Buffer.from(JSON.stringify([{ ...EVENT, data: {} }, EVENT, 7]));
    const events = parseEventgrid({ body, headers: {} });
    expect(events.map(({ kind }) => kind)).toEqual(['ignored', 'push', 'ignored']);
  });

  it.each([
    ['of its own schema', EVENT],
    ['of CloudEvents', { ...EVENT, specversion: '1.0', type: EVENT.eventType }],
  ])('come in batches of up to 5,000, for one that is refused is not sent again: %s', (_name, event) => {
    const batch = (count: number) => ({
      body: Buffer.from(JSON.stringify(Array.from({ length: count }, () => event))),
      headers: {},
    });
    expect(parseEventgrid(batch(3000))).toHaveLength(3000);
    let refusal: unknown;
    try {
      parseEventgrid({ body: Buffer.from(JSON.stringify(Array.from({ length: 5001 }, () => 0))), headers: {} });
    } catch (error) {
      refusal = error;
    }
    expect(refusal).toBeInstanceOf(InvalidInputError);
    expect(refusal).toMatchObject({ code: 'EVENT_TOO_LARGE' });
  });

  it.each([
    [{}, 'body.eventType'],
    [[{ id: '1' }], 'body[0].eventType'],
    [[{ eventType: EVENT.eventType }], 'body[0].data'],
    [[{ eventType: EVENT.eventType, data: {} }], 'body[0].data.target'],
    [[{ eventType: EVENT.eventType, data: { target: {} } }], 'body[0].data.target.repository'],
    [[{ specversion: '1.0', type: EVENT.eventType, data: 5 }], 'body[0].data'],
    ['text', 'body'],
  ])('are refused with the place of what they lack: %j', (body, where) => {
    expect(whereRefused(parseEventgrid, body)).toBe(where);
  });
});
