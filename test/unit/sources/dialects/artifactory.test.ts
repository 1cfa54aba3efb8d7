import { describe, expect, it } from 'vitest';
import { parseArtifactory } from '../../../../src/sources/dialects/artifactory.ts';
import { eventOf, readFixture } from './fixture.ts';
import { readOne, whereRefused } from './read-one.ts';

const HEX = '35c4a2c15539c6c1e4e5fa4e554dac323ad0107d8eb5c582d6ff386b383b7dce';
const DATA = { repo_key: 'docker-local', image_name: 'acme/app', name: 'manifest.json', sha256: HEX, tag: 'v1' };
const EVENT = { domain: 'docker', event_type: 'pushed', data: DATA, jpd_origin: 'https://acme.jfrog.io' };

describe('webhooks of Artifactory', () => {
  it('announce a push of many platforms by the digest of its index, and that it went into a cache', () => {
    expect(parseArtifactory(readFixture('artifactory-docker-pushed.json'))).toEqual([
      eventOf({
        host: 'example.jfrog.io',
        repository: 'docker-remote-cache/library/ubuntu',
        tag: 'latest',
        digest: `sha256:${HEX}` as never,
        actor: 'jfrog/user@example.com',
      }),
    ]);
  });

  it('announce a push, a promotion and a delete', () => {
    const kindOf = (event_type: string) => readOne(parseArtifactory, { ...EVENT, event_type }).kind;
    expect(kindOf('pushed')).toBe('push');
    expect(kindOf('promoted')).toBe('push');
    expect(kindOf('deleted')).toBe('delete');
  });

  it.each([
    ['artifact', 'deployed', 'it is "deployed" of "artifact", not a push'],
    ['artifact', 'pushed', 'it is "pushed" of "artifact", not a push'],
    ['docker', 'toString', 'it is "toString" of "docker", not a push'],
  ])('announce nothing in the domain %s with the type %s', (domain, event_type, reason) => {
    expect(readOne(parseArtifactory, { ...EVENT, domain, event_type })).toMatchObject({ kind: 'ignored', reason });
  });

  it('name a digest only by the sum of a manifest', () => {
    const digestOf = (more: object) => readOne(parseArtifactory, { ...EVENT, data: { ...DATA, ...more } }).digest;
    expect(digestOf({})).toBe(`sha256:${HEX}`);
    expect(digestOf({ name: 'sha256__layer' })).toBeNull();
    expect(digestOf({ sha256: HEX.slice(1) })).toBeNull();
  });

  it.each([`sha256:${HEX}`, `sha256__${HEX}`])('have no tag where one is pushed by digest: %s', (tag) => {
    expect(readOne(parseArtifactory, { ...EVENT, data: { ...DATA, tag, sha256: undefined } })).toMatchObject({
      kind: 'push',
      tag: null,
      digest: `sha256:${HEX}`,
    });
  });

  it('name the host with its port, or none where the base URL is not set', () => {
    const hostOf = (jpd_origin: unknown) => readOne(parseArtifactory, { ...EVENT, jpd_origin }).host;
    expect(hostOf('https://acme.jfrog.io')).toBe('acme.jfrog.io');
    expect(hostOf('http://jfrog.internal:8082/artifactory')).toBe('jfrog.internal:8082');
    expect(hostOf('')).toBeNull();
    expect(hostOf(undefined)).toBeNull();
  });

  it.each([
    [{ event_type: 'pushed' }, 'body.domain'],
    [{ domain: 'docker' }, 'body.event_type'],
    [{ domain: 'docker', event_type: 'pushed' }, 'data'],
    [{ ...EVENT, data: { image_name: 'a' } }, 'data.repo_key'],
    [{ ...EVENT, data: { repo_key: 'a' } }, 'data.image_name'],
    [[EVENT], 'body'],
  ])('are refused with the place of what they lack: %j', (body, where) => {
    expect(whereRefused(parseArtifactory, body)).toBe(where);
  });
});
