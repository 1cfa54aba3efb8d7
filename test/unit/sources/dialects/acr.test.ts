import { describe, expect, it } from 'vitest';
import { parseAcr } from '../../../../src/sources/dialects/acr.ts';
import { eventOf, readFixture } from './fixture.ts';
import { readOne, whereRefused } from './read-one.ts';

const IMAGE = {
  host: 'myregistry.azurecr.io',
  repository: 'hello-world',
  digest: 'sha256:80f0d5c8786bb9e621a45ece0db56d11cdc624ad20da9fe62e9d25490f331d7d' as never,
  mediaType: 'application/vnd.docker.distribution.manifest.v2+json',
};

describe('webhooks of Azure Container Registry', () => {
  it('announce a push', () => {
    expect(parseAcr(readFixture('acr-webhook-push.json'))).toEqual([
      eventOf({
        ...IMAGE,
        tag: 'v1',
        time: '2017-11-17T16:52:01.343Z',
        eventId: 'cb8c3971-9adc-488b-bdd8-43cbb4974ff5',
      }),
    ]);
  });

  it('announce a delete', () => {
    expect(parseAcr(readFixture('acr-webhook-delete.json'))).toEqual([
      eventOf({
        ...IMAGE,
        kind: 'delete',
        time: '2017-11-17T16:54:53.657Z',
        eventId: 'afc359ce-df7f-4e32-bdde-1ff8aa80927b',
      }),
    ]);
  });

  it('announce a push by its digest where they name no tag', () => {
    const event = readOne(parseAcr, { action: 'push', target: { repository: 'a', digest: IMAGE.digest } });
    expect(event).toMatchObject({ kind: 'push', host: null, tag: null, digest: IMAGE.digest });
  });

  it.each(['ping', 'quarantine', 'chart_push', 'toString'])('announce nothing with the action %s', (action) => {
    expect(readOne(parseAcr, { id: '1', timestamp: '2026-11-23T08:00:00Z', action })).toEqual(
      eventOf({
        kind: 'ignored',
        reason: `its action is "${action}", not a push`,
        eventId: '1',
        time: '2026-11-23T08:00:00.000Z',
      }),
    );
  });

  it.each([
    [{}, 'body.action'],
    [{ action: 'push' }, 'body.target'],
    [{ action: 'push', target: { tag: 'v1' } }, 'body.target.repository'],
    [{ action: 'delete', target: { repository: '' } }, 'body.target.repository'],
    [[], 'body'],
  ])('are refused with the place of what they lack: %j', (body, where) => {
    expect(whereRefused(parseAcr, body)).toBe(where);
  });
});
