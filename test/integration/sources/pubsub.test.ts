import { generateKeyPairSync } from 'node:crypto';
import { importSPKI, jwtVerify } from 'jose';
import pino from 'pino';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { GoogleIdentity } from '../../../src/domain/pubsub-place.ts';
import type { RegistryEvent } from '../../../src/domain/registry-event.ts';
import { FaultError } from '../../../src/kit/errors.ts';
import { Secret } from '../../../src/kit/secret.ts';
import type { EventSource } from '../../../src/ports/event-source.ts';
import { parseGar } from '../../../src/sources/dialects/gar.ts';
import { payloadLimits } from '../../../src/sources/dialects/payload-limits.ts';
import { probePubsub } from '../../../src/sources/pubsub/probe-pubsub.ts';
import { createPubsubSource } from '../../../src/sources/pubsub/pubsub-source.ts';
import { type PubsubOptions, type PubsubServer, startPubsub } from '../../support/servers/pubsub.ts';
import { waitFor } from '../../support/wait-for.ts';

const NOBODY: GoogleIdentity = { kind: 'none' };
const DIGEST = `sha256:${'a'.repeat(64)}`;
const push = (tag: string): string =>
  JSON.stringify({
    action: 'INSERT',
    digest: `europe-docker.pkg.dev/acme/apps/app@${DIGEST}`,
    tag: `europe-docker.pkg.dev/acme/apps/app:${tag}`,
  });

async function open(options: PubsubOptions = {}): Promise<PubsubServer> {
  const server = await startPubsub(options);
  onTestFinished(() => server.stop());
  return server;
}

interface Reader {
  readonly source: EventSource;
  readonly tags: string[];
  /** Ids and times of the events. */
  readonly ids: string[];
  readonly parked: string[];
  /** What storing does from now on. */
  store(how: () => Promise<void>): void;
}

async function read(server: PubsubServer, more: { holdS?: number; identity?: GoogleIdentity } = {}): Promise<Reader> {
  const tags: string[] = [];
  const ids: string[] = [];
  const parked: string[] = [];
  let storing = async (): Promise<void> => undefined;
  const store = (how: () => Promise<void>): void => {
    storing = how;
  };
  const { subscription, endpoint } = server;
  const source = createPubsubSource(
    {
      id: 'gar',
      registryIds: ['prod'],
      dialect: parseGar,
      limits: payloadLimits('gar'),
      subscription,
      endpoint,
      identity: NOBODY,
      ...more,
    },
    {
      receiver: {
        receive: async (_, events: readonly RegistryEvent[]) => {
          await storing();
          tags.push(...events.map(({ tag }) => tag ?? ''));
          ids.push(...events.map(({ eventId, time }) => `${eventId} ${time === null ? 'never' : 'once'}`));
        },
        park: async ({ position, reason }) => void parked.push(`${position} ${reason}`),
      },
      logger: pino({ level: 'silent' }),
      metrics: { delivery: () => undefined },
    },
  );
  onTestFinished(() => source.stop());
  await source.start();
  return { source, tags, ids, parked, store };
}

const away = new FaultError('DATABASE_UNAVAILABLE', 'the record is away', { retryable: true });

describe('the Pub/Sub source, on a server that answers as the REST reference documents', () => {
  it('takes messages to the record, and acknowledges them after that', async () => {
    const server = await open();
    const reader = await read(server);
    let whileStored = -1;
    reader.store(async () => {
      whileStored = server.left();
    });
    server.publish(push('v1'));
    await waitFor(() => server.left() === 0, { what: 'the message to be acknowledged' });
    expect([reader.tags, whileStored]).toEqual([['v1'], 1]);
    expect(reader.ids).toEqual(['1 once']);
    expect(reader.source.health()).toBeUndefined();
  });

  it('loses nothing while the record is away, and keeps what it holds from other readers', async () => {
    const server = await open();
    const reader = await read(server, { holdS: 1 });
    reader.store(() => Promise.reject(away));
    server.publish(push('v1'));
    await waitFor(() => reader.source.health()?.includes('messages cannot be stored'), {
      what: 'the trouble to be told',
    });
    const other = await read(server);
    // Three times as long as one hold.
    await expect(waitFor(() => other.tags.length > 0, { what: 'the other', timeoutMs: 3000 })).rejects.toThrow(
      'in vain',
    );
    reader.store(async () => undefined);
    await waitFor(() => server.left() === 0, { what: 'the message to be acknowledged', timeoutMs: 20_000 });
    expect([reader.tags, other.tags]).toEqual([['v1'], []]);
  }, 40_000);

  it('gives back what it has not stored when it is stopped, and another reader takes it at once', async () => {
    const server = await open();
    const reader = await read(server);
    reader.store(() => Promise.reject(away));
    server.publish(push('v1'));
    await waitFor(() => reader.source.health()?.includes('messages cannot be stored'), {
      what: 'the trouble to be told',
    });
    await reader.source.stop();
    const other = await read(server);
    await waitFor(() => other.tags.length === 1, { what: 'the other reader to take it', timeoutMs: 5000 });
  });

  it('shares a subscription between two readers', async () => {
    const server = await open();
    const readers = [await read(server), await read(server)];
    const wanted = Array.from({ length: 60 }, (_, n) => `v${n}`);
    for (const tag of wanted) server.publish(push(tag));
    await waitFor(() => server.left() === 0, { what: 'all to be acknowledged', timeoutMs: 20_000 });
    expect(readers.flatMap(({ tags }) => tags).toSorted()).toEqual(wanted.toSorted());
  }, 30_000);

  it('A6: parks once what cannot be read, and leaves it to the dead-letter topic', async () => {
    const server = await open({ maxDeliveryAttempts: 3 });
    const { parked, tags } = await read(server, { holdS: 1 });
    server.publish('no event');
    server.publish(push('v1'));
    await waitFor(() => server.deadLetters.length === 1, { what: 'the dead letter', timeoutMs: 20_000 });
    expect(parked).toEqual([expect.stringMatching(/^lazaret\/1 EVENT_MALFORMED/)]);
    expect([tags, server.left()]).toEqual([['v1'], 0]);
  }, 30_000);

  it.each([
    [404, 'NOT_FOUND', false, /Check `subscription`/],
    [403, 'PERMISSION_DENIED', false, /roles\/pubsub.subscriber/],
    [401, 'UNAUTHENTICATED', false, /the key of the service account/],
    [400, 'FAILED_PRECONDITION', false, /pushes cannot be pulled/],
    [429, 'RESOURCE_EXHAUSTED', true, /again by itself/],
    [503, 'UNAVAILABLE', true, /again by itself/],
  ])(
    'PUBSUB_UNAVAILABLE: says what to do about %d %s, quotes nothing, and goes on when it is over',
    async (status, name, retryable, hint) => {
      const server = await open();
      const body = JSON.stringify({ error: { code: status, status: name, message: 'canary of the answer' } });
      server.answer({ status, body });
      const { subscription, endpoint } = server;
      const place = { subscription, endpoint, identity: NOBODY };
      const error = await probePubsub({ place }, AbortSignal.timeout(10_000)).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: 'PUBSUB_UNAVAILABLE', retryable, hint: expect.stringMatching(hint) });
      expect(String(error)).toContain(`${subscription}: `);
      expect(JSON.stringify(error)).not.toContain('canary');
      const { source, tags } = await read(server);
      await waitFor(() => source.health()?.includes(name), { what: 'the trouble to be told' });
      server.answer(undefined);
      server.publish(push('v1'));
      await waitFor(() => tags.length === 1, { what: 'the message', timeoutMs: 20_000 });
      expect(source.health()).toBeUndefined();
    },
    40_000,
  );

  it('names something in between that answers in the place of Google', async () => {
    const server = await open();
    server.answer({ status: 200, body: '<html>canary</html>' });
    const { subscription, endpoint } = server;
    const probing = probePubsub({ place: { subscription, endpoint, identity: NOBODY } }, AbortSignal.timeout(10_000));
    await expect(probing).rejects.toThrow('the answer is none of Pub/Sub');
  });

  it('tells how the subscription is set up', async () => {
    const { subscription, endpoint } = await open({ pushEndpoint: 'https://lazaret.example.com/webhooks/gar' });
    const state = await probePubsub(
      { place: { subscription, endpoint, identity: NOBODY } },
      AbortSignal.timeout(10_000),
    );
    expect(state).toEqual({
      topic: 'projects/acme-prod/topics/gcr',
      hasDeadLetters: false,
      pushEndpoint: 'https://lazaret.example.com/webhooks/gar',
    });
  });

  it('signs in as a service account by a token it signs itself, the same for an hour, and by a renewed key at once', async () => {
    const server = await open();
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const keyOf = (id: string): Secret =>
      new Secret(
        JSON.stringify({
          type: 'service_account',
          client_email: 'lazaret@acme.iam.gserviceaccount.com',
          private_key_id: id,
          private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
        }),
      );
    const key = keyOf('one');
    const { tags } = await read(server, { identity: { kind: 'key', key } });
    server.publish(push('v1'));
    await waitFor(() => server.left() === 0, { what: 'the message to be acknowledged' });
    expect(new Set(server.authorizations).size).toBe(1);
    const token = (server.authorizations[0] ?? '').replace(/^Bearer /, '');
    const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
    const { payload, protectedHeader } = await jwtVerify(token, await importSPKI(pem, 'RS256'));
    expect(protectedHeader).toMatchObject({ alg: 'RS256', kid: 'one' });
    expect(payload).toMatchObject({
      iss: 'lazaret@acme.iam.gserviceaccount.com',
      sub: 'lazaret@acme.iam.gserviceaccount.com',
      aud: 'https://pubsub.googleapis.com/',
    });
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(3600);
    key.renew(keyOf('two'));
    server.publish(push('v2'));
    await waitFor(() => tags.includes('v2') && new Set(server.authorizations).size === 2, { what: 'the renewed key' });
  });
});
