import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseGar } from '../../../../src/sources/dialects/gar.ts';
import { eventOf, readFixture } from './fixture.ts';
import { readOne, whereRefused } from './read-one.ts';

const DIGEST = 'sha256:80f0d5c8786bb9e621a45ece0db56d11cdc624ad20da9fe62e9d25490f331d7d';
const IMAGE = { host: 'us-west1-docker.pkg.dev', repository: 'my-project/my-repo/hello-world' };
const NAME = `${IMAGE.host}/${IMAGE.repository}`;
const EXAMPLES = readFileSync(
  new URL('../../../fixtures/events/gar-pubsub-data-examples.ndjson', import.meta.url),
  'utf8',
)
  .split('\n')
  .filter((line) => line !== '')
  .map((line): unknown => JSON.parse(line));

describe('messages of Artifact Registry', () => {
  it('are read of the envelope in which Pub/Sub pushes them', () => {
    expect(parseGar(readFixture('gar-pushed-envelope.json'))).toEqual([
      eventOf({
        ...IMAGE,
        tag: '1.1',
        digest: DIGEST as never,
        time: '2021-02-26T19:13:55.749Z',
        eventId: '2070443601311540',
      }),
    ]);
  });

  it('are read of the bare data a subscriber pulls', () => {
    expect(parseGar(readFixture('gar-pushed-data.json'))).toEqual([eventOf({ ...IMAGE, digest: DIGEST as never })]);
  });

  it('have their id and time in headers where the data has no envelope', () => {
    const headers = {
      'x-goog-pubsub-message-id': '7',
      'x-goog-pubsub-publish-time': '2026-11-23T08:00:00.5Z',
    };
    expect(readOne(parseGar, { action: 'INSERT', tag: `${NAME}:1` }, headers)).toEqual(
      eventOf({ ...IMAGE, tag: '1', eventId: '7', time: '2026-11-23T08:00:00.500Z' }),
    );
  });

  it('are read as the documentation prints them, its digests being none', () => {
    const [first, second, third] = EXAMPLES.map((example) => readOne(parseGar, example));
    expect(first).toMatchObject({ ...IMAGE, tag: null, digest: null });
    expect(second).toEqual(eventOf({ ...IMAGE, tag: '1.1' }));
    expect(third).toEqual(eventOf({ ...IMAGE, kind: 'delete', tag: '1.1' }));
  });

  it('announce a push by their tag alone where a tag was put on an image', () => {
    expect(readOne(parseGar, { action: 'INSERT', tag: `${NAME}:1.1` })).toMatchObject({
      kind: 'push',
      tag: '1.1',
      digest: null,
    });
  });

  it('keep the port of a host apart from a tag', () => {
    expect(readOne(parseGar, { action: 'INSERT', digest: `localhost:5000/a/b@${DIGEST}` })).toMatchObject({
      host: 'localhost:5000',
      repository: 'a/b',
      tag: null,
      digest: DIGEST,
    });
  });

  it.each(['insert', 'UPDATE', 'constructor'])('announce nothing with the action %s', (action) => {
    expect(readOne(parseGar, { action, tag: `${NAME}:1` })).toMatchObject({
      kind: 'ignored',
      reason: `its action is "${action}", not INSERT`,
    });
  });

  it.each([
    [{ message: { messageId: '1' } }, 'message.data'],
    [{ message: { data: 'bm9wZQ==' } }, 'message.data'],
    [{ message: { data: Buffer.from('[]').toString('base64') } }, 'message.data'],
    [{ message: { data: Buffer.from('{}').toString('base64') } }, 'message.data.action'],
    [{ action: 'INSERT' }, 'body'],
    [{ action: 'INSERT', tag: 'no-host:1' }, 'body'],
    [{ action: 'INSERT', digest: `${NAME}@${DIGEST}`, tag: `${NAME}-other:1` }, 'body.tag'],
    [[], 'body'],
  ])('are refused with the place of what they lack: %j', (body, where) => {
    expect(whereRefused(parseGar, body)).toBe(where);
  });
});
