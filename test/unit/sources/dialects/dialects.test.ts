import { describe, expect, it } from 'vitest';
import { DIALECT_NAMES } from '../../../../src/domain/dialect-names.ts';
import type { Delivery, RegistryEvent } from '../../../../src/domain/registry-event.ts';
import { InvalidInputError } from '../../../../src/kit/errors.ts';
import { findDialect } from '../../../../src/sources/dialects/dialects.ts';
import { payloadLimits } from '../../../../src/sources/dialects/payload-limits.ts';
import { outlineJson } from '../../../../src/sources/json-outline.ts';
import { dialectOf, eventOf, readFixture } from './fixture.ts';

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const INDEX = 'application/vnd.oci.image.index.v1+json';
const APP = 'sha256:e8e22f076ee905bac65ffe840fd5590c0dd137c0e6790e270d3cb1e5385cfc83';
const ZOT = 'sha256:72db378b28e05d8ffa41447462836ae36eda290b3468d828c9a4850da8563ab8';
const ALPINE = 'sha256:954b378c375d852eb3c63ab88978f640b4348b01c1b3456a024a81536dafbbf4';

const old = { host: '127.0.0.1:15055', repository: 'team/app' };
const three = { host: '127.0.0.1:15002', repository: 'acme/two' };
const harbor = { host: 'localhost', repository: 'harbor/alpine', actor: 'harbor-jobservice' };
const zot = { repository: 'acme/app', mediaType: MANIFEST };

const ecrChild = {
  host: '123456789012.dkr.ecr.us-east-1.amazonaws.com',
  repository: 'nudgebee_runbook_sidecar_agent',
  digest: 'sha256:778645862e8bba7ad64eabc8f6b51158e47124c12864ed42d7baf744b6329542' as never,
  mediaType: MANIFEST,
  time: '2025-06-11T06:43:44.000Z',
  eventId: 'fcf0ea66-968f-3eda-ca24-40dcd217003b',
};

const WWW = 'sha256:89160c587d0c36bf54090497a465445c14980ba48efbcf3b0d03c49b76f3feb8';
const gitea = {
  host: 'gitea.example.com',
  repository: 'acme/tools/app',
  actor: 'robot',
  time: '2026-11-20T09:41:07.000Z',
  eventId: 'b5d9f2c8-0f5c-4c52-b9a1-5d0a3f1f7c11',
};
const nexus = {
  repository: 'docker-hosted/acme/app',
  actor: 'admin/127.0.0.1',
  time: '2026-11-20T09:41:07.515Z',
  eventId: '7f4a6dde-5c68-4999-bcc0-a62f3fb8ae48',
};

const EXPECTED: Readonly<Record<string, Partial<RegistryEvent>>> = {
  'distribution-2.8.2-push-tag.json': {
    ...old,
    tag: 'v1',
    digest: APP as never,
    mediaType: MANIFEST,
    time: '2026-11-23T00:56:57.783Z',
    eventId: 'a8368fc0-cbfa-4d85-a75d-019655351b87',
  },
  'distribution-2.8.2-push-index.json': {
    ...old,
    tag: 'multi',
    digest: 'sha256:20e0ca7f4ca6ccbd1e121e7d63cd8fe6ed8e43b2eb2ebb022a02621de2b94897' as never,
    mediaType: INDEX,
    time: '2026-11-23T00:56:59.932Z',
    eventId: 'c9305507-d5a1-4c2f-ac47-98eccc13eb82',
  },
  'distribution-2.8.2-push-quarantined-tag.json': {
    ...old,
    tag: 'quarantined',
    digest: APP as never,
    mediaType: MANIFEST,
    time: '2026-11-23T00:56:59.217Z',
    eventId: '97dcdb93-076e-43c8-b3bf-0048a166384c',
  },
  'distribution-2.8.2-push-signature-with-subject.json': {
    ...old,
    digest: 'sha256:26fb6690af6f1797cf8c1267d5e917d1132779a8578a2da26a45f129542cb287' as never,
    mediaType: MANIFEST,
    time: '2026-11-23T00:57:00.707Z',
    eventId: '40c7e888-1e09-488c-8d09-d74bf1566401',
  },
  'distribution-2.8.2-delete-digest-tag.json': {
    ...old,
    kind: 'delete',
    tag: 'multi',
    time: '2026-11-23T00:57:08.167Z',
    eventId: 'ab0081b9-896c-4e51-aaa2-56db2f1574fd',
  },
  'distribution-3.1.2-push-tag.json': {
    ...three,
    tag: 'v1',
    digest: ZOT as never,
    mediaType: MANIFEST,
    time: '2026-11-23T08:45:03.055Z',
    eventId: '01a20794-82cf-7e33-af1c-4f2ef521d7fb',
  },
  'distribution-3.1.2-delete-tag.json': {
    ...three,
    kind: 'delete',
    tag: 'q',
    time: '2026-11-23T08:45:03.100Z',
    eventId: '01a20794-82fc-7cbf-a293-ea8db5c8713a',
  },
  // GitLab's registry is a branch of distribution, and sends its events: it needs no dialect of its own.
  'distribution-gitlab-push-tag.json': {
    host: 'registry.gitlab.example.com',
    repository: 'acme/shop/api',
    tag: 'v1',
    digest: WWW as never,
    mediaType: MANIFEST,
    actor: 'maintainer',
    time: '2026-11-20T08:41:07.515Z',
    eventId: '01JD6Q9T5V8Z2N4X7K3M1B0C6D',
  },
  'harbor-pushed-default.json': { ...harbor, digest: ALPINE as never, time: '2023-04-03T06:04:53.000Z' },
  'harbor-deleted-default.json': {
    ...harbor,
    kind: 'delete',
    tag: '3.8',
    digest: 'sha256:2bb501e6173d9d006e56de5bce2720eb06396803300fe1687b58a7ff32bf4c14' as never,
    time: '2023-04-03T06:16:38.000Z',
  },
  'harbor-pushed-cloudevents.json': {
    ...harbor,
    digest: ALPINE as never,
    time: '2023-04-03T06:04:46.000Z',
    eventId: '66e18103-09c1-41f6-982f-37df223f3eeb',
  },
  'zot-2026.08-image-updated-tag.json': {
    ...zot,
    tag: 'v1',
    digest: ZOT as never,
    time: '2026-11-23T08:44:38.100Z',
    eventId: '65c7783f-70a3-49a8-a673-b407207586fb',
  },
  'zot-2026.08-image-updated-referrer.json': {
    ...zot,
    digest: 'sha256:5e6193185f0d9c60a916217cafb4d7e7ec025e00f703488caa9336231719fef6' as never,
    time: '2026-11-23T08:44:38.151Z',
    eventId: 'cdc04d42-bcde-498a-bc26-a005731e43ef',
  },
  'zot-2026.08-image-deleted.json': {
    ...zot,
    kind: 'delete',
    tag: 'quarantined-x',
    digest: ZOT as never,
    time: '2026-11-23T08:44:38.166Z',
    eventId: '3f3cdc37-3b5d-44ef-8faf-a21cd7622e22',
  },
  'ecr-image-action-push.json': {
    host: '123456789012.dkr.ecr.us-west-2.amazonaws.com',
    repository: 'my-repository-name',
    tag: 'latest',
    time: '2019-11-16T01:54:34.000Z',
    eventId: '13cde686-328b-6117-af20-0e5566167482',
  },
  'ecr-image-action-push-untagged-child.json': ecrChild,
  'ecr-sns-notification.json': ecrChild,
  'ecr-image-action-delete.json': {
    kind: 'delete',
    host: '123456789012.dkr.ecr.us-west-2.amazonaws.com',
    repository: 'my-repository-name',
    tag: 'latest',
    time: '2019-11-16T02:01:05.000Z',
    eventId: 'dd3b46cb-2c74-f49e-393b-28286b67279d',
  },
  'ecr-replication-action.json': {
    host: '123456789012.dkr.ecr.us-east-1.amazonaws.com',
    repository: 'docker-hub/alpine',
    tag: '3.17.2',
    time: '2024-05-08T20:44:54.000Z',
    eventId: 'c8b133b1-6029-ee73-e2a1-4f466b8ba999',
  },
  'ecr-pull-through-cache-action.json': {
    host: '123456789012.dkr.ecr.us-west-2.amazonaws.com',
    repository: 'docker-hub/alpine',
    tag: '3.17.2',
    time: '2023-03-01T02:36:48.000Z',
    eventId: '85fc3613-e913-7fc4-a80c-a3753e4aa9ae',
  },
  'quay-repo_push.json': { host: 'quay.io', repository: 'mynamespace/repository', tag: '1.2.3' },
  'quay-pushed-2013.json': { host: 'quay.io', repository: 'devtable/ubuntu', tag: 'latest' },
  'quay-build-queued.json': {
    kind: 'ignored',
    reason: 'it is about no push: it has no updated_tags',
    host: 'quay.io',
    repository: 'mynamespace/repository',
  },
  'dockerhub-pushed.json': {
    host: 'docker.io',
    repository: 'svendowideit/testhook',
    tag: 'latest',
    actor: 'trustedbuilder',
    time: '2014-12-03T00:22:41.000Z',
  },
  'github-package-published.json': {
    host: 'ghcr.io',
    repository: 'octo-org/www',
    tag: '0e2a89b',
    digest: WWW as never,
    mediaType: 'application/vnd.docker.distribution.manifest.list.v2+json',
    actor: 'octocat',
    time: '2025-11-03T13:50:26.000Z',
    eventId: '72d3162e-cc78-11e3-81ab-4c9367dc0958',
  },
  'github-registry_package-published-docker.json': {
    host: 'ghcr.io',
    repository: 'codertocat/hello-world',
    digest: 'sha256:3da1996a8115d7616457760d9920b815241d0a03b34cf5f04e9a0e9d8de37498' as never,
    mediaType: 'application/vnd.docker.distribution.manifest.v2+json',
    actor: 'github-actions[bot]',
    time: '2019-05-09T23:28:29.000Z',
  },
  'gitea-package-created.json': { ...gitea, tag: 'v1' },
  'gitea-1.26.0-package-created.json': {
    ...gitea,
    host: '127.0.0.1:3000',
    tag: 'v1',
    actor: 'Robot',
    time: '2026-11-29T07:14:40.000Z',
    eventId: '76c0757d-7434-4914-a913-c55911310e9a',
  },
  'gitea-package-created-untagged.json': { ...gitea, digest: WWW as never },
  'gitea-package-deleted-forgejo.json': {
    ...gitea,
    kind: 'delete',
    tag: 'v1',
    eventId: '2c0d1a4e-1b0e-4e0c-8f0e-7d4f6e3f2a10',
  },
  'gitea-package-created-npm.json': {
    kind: 'ignored',
    reason: 'its package is of the type "npm"',
    eventId: gitea.eventId,
  },
  'nexus-rm-repository-component.json': { kind: 'ignored', reason: 'its component is of the format "npm"' },
  'nexus-docker-created.json': { ...nexus, tag: 'v1' },
  'nexus-docker-deleted.json': { ...nexus, kind: 'delete', tag: 'v1' },
  'nexus-docker-without-version.json': {
    ...nexus,
    kind: 'ignored',
    reason: 'it names neither a tag nor a well-formed digest: a sweep is to look at its repository',
    isUnnamed: true,
  },
  'lazaret-pushed-structured.json': {
    host: 'registry.example.com',
    repository: 'acme/app',
    tag: 'v1',
    digest: ZOT as never,
    mediaType: MANIFEST,
    actor: 'release-bot',
    time: '2026-11-23T08:00:00.000Z',
    eventId: 'rel-1042',
  },
  'lazaret-pushed-binary.json': {
    repository: 'acme/app',
    tag: 'v1',
    time: '2026-11-23T09:00:00.000Z',
    eventId: 'rel-1043',
  },
};

describe('recorded payloads', () => {
  it.each(Object.entries(EXPECTED))('reads %s', (name, fields) => {
    expect(parse(name)).toEqual([eventOf(fields)]);
  });
});

describe('payloads with several events', () => {
  it('keeps the order of a distribution envelope and says why blobs and pulls are ignored', () => {
    const events = parse('distribution-multi-event.json');
    expect(events.map((event) => event.kind)).toEqual(['push', 'ignored', 'ignored', 'push', 'delete']);
    expect(events[1]!.reason).toBe('it announces a blob, not a manifest');
    expect(events[2]!.reason).toBe('its action is "pull", not a push');
  });

  it('makes one event of each Harbor resource', () => {
    const events = parse('harbor-multi-event.json');
    expect(events.map((event) => [event.kind, event.tag])).toEqual([
      ['push', '3.17'],
      ['push', 'latest'],
    ]);
  });

  it('makes one event of each tag of Quay, whatever else stands between them', () => {
    const events = parse('quay-multi-event.json');
    expect(events.map((event) => [event.kind, event.tag])).toEqual([
      ['push', 'latest'],
      ['push', '1.2.3'],
      ['push', '1.2'],
      ['ignored', null],
    ]);
  });

  it('takes 256 tags of one Quay event, and only the repository of one with more (A11)', () => {
    const push = (count: number) => {
      const updated_tags = Array.from({ length: count }, (_, index) => `v${index}`);
      return findDialect('quay')(json({ repository: 'acme/app', docker_url: 'quay.io/acme/app', updated_tags }));
    };
    expect(push(256).map((event) => event.tag)).toContain('v255');
    expect(push(256)).toHaveLength(256);
    expect(push(257)).toMatchObject([{ repository: 'acme/app', tag: null, digest: null }]);
    expect(push(0)).toMatchObject([{ repository: 'acme/app', tag: null, digest: null }]);
  });

  it('reads a batch of zot CloudEvents', () => {
    const events = parse('zot-multi-event.json');
    expect(events.map((event) => [event.kind, event.eventId])).toEqual([
      ['push', '1'],
      ['ignored', '2'],
      ['delete', '3'],
    ]);
    expect(events[1]!.reason).toContain('zotregistry.repository.created');
  });

  it('reads a batch of Lazaret events and ignores other types', () => {
    const events = parse('lazaret-multi-event.json');
    expect(events.map((event) => [event.kind, event.tag])).toEqual([
      ['push', 'v1'],
      ['push', 'v2'],
      ['ignored', null],
    ]);
  });

  it.each([5, {}, { action: 'push' }, { action: 'push', target: { tag: 'v1', mediaType: MANIFEST } }])(
    'loses no event of a distribution envelope to an unreadable one beside it: %j',
    (broken) => {
      const good = { action: 'push', target: { repository: 'a', tag: 'b', mediaType: MANIFEST } };
      const events = findDialect('distribution')(json({ events: [good, broken, good] }));
      expect(events.map((event) => event.kind)).toEqual(['push', 'ignored', 'push']);
      expect(events[1]!.reason).toMatch(/^it cannot be read: events\[1\].*expected/);
    },
  );

  it.each([
    ['lazaret', lazaretPush({ repository: 'a', tag: 'b' })],
    ['zot', { specversion: '1.0', type: 'zotregistry.image.updated', data: { name: 'a', reference: 'b' } }],
  ])('loses no event of a %s batch to unreadable ones beside it', (name, good) => {
    const events = findDialect(name)(json([{ ...good, specversion: '2.0' }, good, { ...good, data: {} }, 7]));
    expect(events.map((event) => event.kind)).toEqual(['ignored', 'push', 'ignored', 'ignored']);
    expect(events[3]!.reason).toBe('it cannot be read: body[3]: expected an object, got a number');
  });

  it('loses no resource of a Harbor event to an unreadable one beside it', () => {
    const event_data = { repository: { repo_full_name: 'a' }, resources: [null, { tag: 'b' }] };
    const events = findDialect('harbor')(json({ type: 'PUSH_ARTIFACT', event_data }));
    expect(events.map((event) => event.kind)).toEqual(['ignored', 'push']);
  });

  it('refuses a list in which nothing can be read, for what is wrong with the first', () => {
    const error = errorOf(() => findDialect('distribution')(json({ events: [{ action: 'push' }, 5] })));
    expect(error.issues[0]!.where).toBe('events[0].target');
  });

  it('refuses more than 256 events in one delivery with EVENT_TOO_LARGE (L1)', () => {
    const one = { action: 'push', target: { repository: 'a', tag: 'b', mediaType: MANIFEST } };
    const envelope = (count: number) => json({ events: Array.from({ length: count }, () => one) });
    expect(findDialect('distribution')(envelope(256))).toHaveLength(256);
    expect(codeOf(() => findDialect('distribution')(envelope(257)))).toBe('EVENT_TOO_LARGE');
  });
});

describe('hostile and broken payloads', () => {
  it.each(DIALECT_NAMES)('refuses a truncated %s payload with EVENT_MALFORMED and the place', (name) => {
    const error = errorOf(() => parse(`${name}-truncated.json`));
    expect(error.code).toBe('EVENT_MALFORMED');
    expect(error.issues[0]!.where).toBe('body');
    expect(error.message).toMatch(/position \d+/);
  });

  it.each(DIALECT_NAMES)('ignores the hostile %s payload and prints nothing that could fake output', (name) => {
    for (const event of parse(`${name}-hostile.json`)) {
      expect(event.kind).toBe('ignored');
      expect(event.tag).toBeNull();
      expect(JSON.stringify(event)).not.toMatch(/\\u00[01]|[\p{Cc}\p{Cf}]/u);
    }
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  it.each([
    [
      'distribution',
      { events: [{ action: 'push', target: { tag: 'v1', mediaType: MANIFEST } }] },
      'events[0].target.repository',
    ],
    ['distribution', { events: [{ action: 'push' }] }, 'events[0].target'],
    ['distribution', { events: [{}] }, 'events[0].action'],
    ['distribution', { events: {} }, 'events'],
    ['distribution', [], 'body'],
    ['harbor', { type: 'PUSH_ARTIFACT' }, 'event_data'],
    [
      'harbor',
      { type: 'PUSH_ARTIFACT', event_data: { repository: {}, resources: [] } },
      'event_data.repository.repo_full_name',
    ],
    ['harbor', { occur_at: 1 }, 'body.type'],
    ['zot', { name: 'acme/app' }, 'body.specversion'],
    ['lazaret', { specversion: '1.0', type: 'dev.lazaret.image.pushed.v1', data: {} }, 'body.data.repository'],
    ['lazaret', { specversion: '1.0' }, 'body.type'],
    ['quay', { updated_tags: ['a'] }, 'body.repository'],
    ['quay', { repository: 'a', updated_tags: 5 }, 'body.updated_tags'],
    ['quay', { repository: 'a', updated_tags: [5, null] }, 'body.updated_tags[0]'],
    [
      'github',
      { action: 'published', package: { package_version: { container_metadata: {} } } },
      'package.package_version.package_url',
    ],
    ['github', { package: { package_version: { container_metadata: {}, package_url: 'ghcr.io/a/b' } } }, 'body.action'],
    ['gitea', { action: 'created' }, 'body.package'],
    ['gitea', { action: 'created', package: { type: 'container', name: 'a' } }, 'body.package.owner.login'],
    ['nexus', { action: 'CREATED', repositoryName: 'a' }, 'body.component'],
    ['nexus', { action: 'CREATED', component: { format: 'docker', name: 'a' } }, 'body.repositoryName'],
    ['dockerhub', { repository: { repo_name: 'a/b' } }, 'body.push_data'],
    ['dockerhub', { push_data: { tag: 'a' }, repository: {} }, 'body.repository.repo_name'],
  ])('names the field a %s payload lacks: %j', (name, body, where) => {
    const error = errorOf(() => findDialect(name)(json(body)));
    expect(error.code).toBe('EVENT_MALFORMED');
    expect(error.issues[0]!.where).toBe(where);
    expect(error.message).toContain('expected');
  });

  it('reads an image of GitHub whose labels, which its pusher chose, fill megabytes (A13)', async () => {
    const { bodyBytes, depth } = payloadLimits('github');
    const body = JSON.parse(Buffer.from(readFixture('github-package-published.json').body).toString());
    const all_labels = Object.fromEntries(Array.from({ length: 60_000 }, (_, at) => [`label-${at}`, 'x'.repeat(300)]));
    body.package.package_version.container_metadata.labels.all_labels = all_labels;
    const sent = Buffer.from(JSON.stringify(body));
    expect(sent.length).toBeGreaterThan(16 * 1024 * 1024);
    expect(sent.length).toBeLessThan(bodyBytes);
    const read = findDialect('github')({ body: await outlineJson(sent, depth), headers: {} });
    expect(read).toMatchObject([{ kind: 'push', repository: 'octo-org/www', tag: '0e2a89b', digest: WWW }]);
  });

  it('refuses a million levels of nesting (A4)', () => {
    const body = Buffer.from('['.repeat(1_000_000));
    expect(codeOf(() => findDialect('distribution')({ body, headers: {} }))).toBe('EVENT_MALFORMED');
  });

  it('refuses duplicate keys, which two readers could understand differently', () => {
    const body = Buffer.from('{"events":[],"events":[]}');
    expect(errorOf(() => findDialect('distribution')({ body, headers: {} })).message).toContain('each name once');
  });

  it('refuses another major version of CloudEvents with EVENT_UNSUPPORTED', () => {
    expect(codeOf(() => findDialect('lazaret')(json({ specversion: '2.0', type: 'x' })))).toBe('EVENT_UNSUPPORTED');
  });

  it('names the dialects there are when asked for another', () => {
    expect(errorOf(() => findDialect('toString')).message).toContain(`(${DIALECT_NAMES.join(', ')})`);
  });
});

describe('values', () => {
  it.each([{ package_type: 'CONTAINER' }, { ecosystem: 'docker' }, { registry: { type: 'container' } }])(
    'A18: takes a package of GitHub for the image that its URL names, wherever it says that it is one: %j',
    (kind) => {
      const about = {
        ...kind,
        name: 'another',
        package_version: { package_url: 'ghcr.io/Acme/Tools/App:v1', version: 'v1' },
      };
      const read = (action: string) => findDialect('github')(json({ action, registry_package: about }))[0]!;
      // `package_url` alone says which image it is; the tag stands there for people.
      expect(read('published')).toMatchObject({ host: 'ghcr.io', repository: 'acme/tools/app', tag: 'v1' });
      expect(read('updated').kind).toBe('push');
      expect(read('create').kind).toBe('push');
      expect(read('deleted').reason).toBe('its action is "deleted", not a push');
    },
  );

  it.each([
    ['ping', { zen: 'Keep it logically awesome.', hook_id: 1 }, 'its event is "ping", not package'],
    ['package', { action: 'published', package: { package_type: 'npm' } }, 'its package is no container image'],
  ])('ignores what GitHub sends of other kinds: %s', (event, body, reason) => {
    const headers = { 'x-github-event': event, 'x-github-delivery': '7' };
    expect(findDialect('github')({ ...json(body), headers })).toEqual([
      eventOf({ kind: 'ignored', reason, eventId: '7' }),
    ]);
  });

  it.each([
    ['gitea', { 'x-gitea-event': 'push' }, 'its event is "push", not package'],
    ['gitea', { 'x-forgejo-event': 'release' }, 'its event is "release", not package'],
    [
      'nexus',
      { 'x-nexus-webhook-id': 'rm:repository:asset' },
      'its event is "rm:repository:asset", not rm:repository:component',
    ],
  ])('ignores what %s sends of other kinds: %j', (name, headers, reason) => {
    expect(findDialect(name)({ ...json({}), headers })).toEqual([eventOf({ kind: 'ignored', reason })]);
  });

  it('reads the tag of an image of Gitea or Nexus whose headers a queue has lost', () => {
    for (const name of ['gitea-package-created.json', 'nexus-docker-created.json']) {
      const { body } = readFixture(name);
      expect(findDialect(name.split('-')[0]!)({ body, headers: {} })).toMatchObject([{ kind: 'push', tag: 'v1' }]);
    }
  });

  it('counts a malformed digest as none and keeps the tag', () => {
    const event = findDialect('lazaret')(
      json(lazaretPush({ repository: 'acme/app', tag: 'v1', digest: 'sha256:12' })),
    )[0]!;
    expect(event).toMatchObject({ kind: 'push', tag: 'v1', digest: null });
  });

  it('takes an image of the first Docker manifest schema for an image, not a blob', () => {
    const mediaType = 'application/vnd.docker.distribution.manifest.v1+prettyjws';
    const event = findDialect('distribution')(
      json({ events: [{ action: 'push', target: { repository: 'a', tag: 'b', mediaType } }] }),
    )[0]!;
    expect(event.kind).toBe('push');
  });

  it('reads the host of the URL where a distribution event names no request', () => {
    const target = {
      repository: 'a',
      tag: 'b',
      mediaType: MANIFEST,
      url: 'https://registry.example.com:5000/v2/a/manifests/b',
    };
    expect(findDialect('distribution')(json({ events: [{ action: 'push', target }] }))[0]!.host).toBe(
      'registry.example.com:5000',
    );
  });

  it('shows what a Harbor event of another kind names', () => {
    const event_data = {
      repository: { repo_full_name: 'a' },
      resources: [{ tag: 'b', digest: APP, resource_url: 'h:8/a:b' }],
    };
    expect(findDialect('harbor')(json({ type: 'SCANNING_COMPLETED', event_data }))).toEqual([
      eventOf({
        kind: 'ignored',
        reason: 'its type is "SCANNING_COMPLETED", not a push',
        host: 'h:8',
        repository: 'a',
        tag: 'b',
        digest: APP as never,
      }),
    ]);
  });

  it('reads the data of a CloudEvent that carries it as base64', () => {
    const data_base64 = Buffer.from('{"repository":"acme/app","tag":"v1"}').toString('base64');
    const event = { specversion: '1.0', type: 'dev.lazaret.image.pushed.v1', data_base64 };
    expect(findDialect('lazaret')(json(event))[0]).toMatchObject({ kind: 'push', repository: 'acme/app', tag: 'v1' });
    const broken = errorOf(() => findDialect('lazaret')(json({ ...event, data_base64: 'bm9wZQ==' })));
    expect(broken.issues[0]!.where).toBe('body.data_base64');
  });

  it('reads CloudEvents binary mode with the header prefix of Kafka', () => {
    const headers = { ce_type: 'dev.lazaret.image.pushed.v1', ce_specversion: '1.0', ce_id: '7' };
    const body = Buffer.from('{"repository":"acme/app","tag":"v1"}');
    expect(findDialect('lazaret')({ body, headers })[0]).toMatchObject({ kind: 'push', eventId: '7', tag: 'v1' });
  });
});

function lazaretPush(data: object): object {
  return { specversion: '1.0', id: '1', source: 'x', type: 'dev.lazaret.image.pushed.v1', data };
}

function parse(name: string): readonly RegistryEvent[] {
  return dialectOf(name.split('-')[0]!)(readFixture(name));
}

function json(value: unknown): Delivery {
  return { body: Buffer.from(JSON.stringify(value)), headers: {} };
}

function errorOf(run: () => unknown): InvalidInputError {
  try {
    run();
  } catch (error) {
    if (error instanceof InvalidInputError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

function codeOf(run: () => unknown): string {
  return errorOf(run).code;
}
