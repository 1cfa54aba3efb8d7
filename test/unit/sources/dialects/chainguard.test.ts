import { describe, expect, it } from 'vitest';
import { parseChainguard } from '../../../../src/sources/dialects/chainguard.ts';
import { eventOf, readFixture } from './fixture.ts';
import { readOne, whereRefused } from './read-one.ts';

const DIGEST = 'sha256:043446cbda630e5071e4f72736b38b5249c859d07bb14886cd93b4e36fc3402c';
const HEADERS = {
  'ce-specversion': '1.0',
  'ce-type': 'dev.chainguard.registry.push.v1',
  'ce-source': 'cgr.dev',
  'ce-id': '1',
  'ce-time': '2026-11-23T08:00:00Z',
};
const BODY = { repository: 'acme.com/nginx', tag: 'latest', digest: DIGEST, type: 'manifest' };
const read = (body: object, headers: object = {}) =>
  readOne(parseChainguard, { actor: { subject: 'me' }, body }, { ...HEADERS, ...headers });

describe('events of Chainguard', () => {
  it('announce the push of a manifest', () => {
    expect(parseChainguard(readFixture('chainguard-pushed-manifest.json'))).toEqual([
      eventOf({
        host: 'cgr.dev',
        repository: 'chainguard.edu/istio-pilot',
        tag: '1-dev',
        digest: DIGEST as never,
        actor: '261ea43771f4d962f17c1d206155a38b9b17ff18',
        time: '2025-04-23T00:37:47.810Z',
        eventId: '188888b6-27d2-4a80-8ad5-c7450ab89c0c',
      }),
    ]);
  });

  it('announce nothing in the sample of the documentation, whose values are descriptions', () => {
    const [event] = parseChainguard(readFixture('chainguard-registry-push-v1.json'));
    expect(event).toMatchObject({ kind: 'ignored', reason: 'it announces no manifest', host: 'cgr.dev' });
  });

  it('announce nothing with a blob, with a push that was refused, and with another type', () => {
    expect(read({ ...BODY, type: 'blob' }).reason).toBe('it announces no manifest');
    expect(read({ ...BODY, error: { status: 403, code: 'DENIED' } }).reason).toBe('the push was refused: DENIED');
    expect(read(BODY, { 'ce-type': 'dev.chainguard.registry.pull.v1' }).reason).toBe(
      'its type is "dev.chainguard.registry.pull.v1", not "dev.chainguard.registry.push.v1"',
    );
  });

  it('name the repository without the host, and the time of the envelope where their own is missing', () => {
    expect(read({ ...BODY, repository: 'cgr.dev/acme.com/nginx' })).toMatchObject({
      kind: 'push',
      repository: 'acme.com/nginx',
      time: '2026-11-23T08:00:00.000Z',
    });
  });

  it.each([
    [{}, 'body.body'],
    [{ body: {} }, 'body.body.type'],
    [{ body: { type: 'manifest' } }, 'body.body.repository'],
    [[], 'body'],
  ])('are refused with the place of what they lack: %j', (body, where) => {
    expect(whereRefused(parseChainguard, body, HEADERS)).toBe(where);
  });
});
