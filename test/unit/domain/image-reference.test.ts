import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normalHost } from '../../../src/domain/host-name.ts';
import { formatImageReference, imageGlob, parseImageReference } from '../../../src/domain/image-reference.ts';

const full = (text: string): string | undefined => {
  const image = parseImageReference(text);
  return image && formatImageReference(image);
};

describe('the names of Docker Hub', () => {
  it.each([
    ['nginx', 'docker.io/library/nginx'],
    ['acme/app:1.0', 'docker.io/acme/app:1.0'],
    ['docker.io/nginx', 'docker.io/library/nginx'],
    ['index.docker.io/nginx', 'docker.io/library/nginx'],
    ['Index.Docker.io/library/nginx', 'docker.io/library/nginx'],
    ['registry-1.docker.io/acme/app', 'docker.io/acme/app'],
    ['index.docker.io.evil/acme/app', 'index.docker.io.evil/acme/app'],
    ['registry.example.com/nginx', 'registry.example.com/nginx'],
  ])('make one image of %s: %s', (text, name) => {
    expect(full(text)).toBe(name);
  });

  it.each([
    ['index.docker.io/acme/**', 'docker.io/acme/**'],
    ['registry-1.docker.io/acme/*', 'docker.io/acme/*'],
    ['docker.io/nginx', 'docker.io/library/nginx'],
    ['docker.io/*', 'docker.io/library/*'],
    ['docker.io/**', 'docker.io/**'],
    ['**', '**'],
    ['*.docker.io/acme/*', '*.docker.io/acme/*'],
    ['registry.example.com/*', 'registry.example.com/*'],
  ])('make one glob of %s: %s', (glob, same) => {
    expect(imageGlob(glob)).toBe(same);
  });

  it('are one in events too', () => {
    expect(['docker.io', 'index.docker.io:443', 'registry-1.docker.io.'].map(normalHost)).toEqual(
      Array.from({ length: 3 }, () => 'docker.io'),
    );
  });
});

describe('one registry under several names', () => {
  it.each([
    ['REGISTRY.example.com/acme/app:V1', 'registry.example.com/acme/app:V1'],
    ['registry.example.com:443/acme/app', 'registry.example.com/acme/app'],
    ['registry.example.com:5000/acme/app', 'registry.example.com:5000/acme/app'],
    ['registry.example.com:80/acme/app', 'registry.example.com:80/acme/app'],
    ['[::1]:5000/acme/app', '[::1]:5000/acme/app'],
    ['[0:0:0:0:0:0:0:1]:5000/acme/app', '[::1]:5000/acme/app'],
    ['[2001:DB8::0001]/acme/app', '[2001:db8::1]/acme/app'],
    ['[::1]:443/acme/app', '[::1]/acme/app'],
    ['localhost/acme/app', 'localhost/acme/app'],
    ['europe-docker.pkg.dev/acme/apps/app', 'europe-docker.pkg.dev/acme/apps/app'],
    ['artifactory.example.com/docker-local/team/app', 'artifactory.example.com/docker-local/team/app'],
  ])('makes of %s the image %s', (text, name) => {
    expect(full(text)).toBe(name);
  });

  it.each([
    'registry.example.com./acme/app',
    'registry.example.com/Acme/app',
    '[::1/acme/app',
    '[::zz]:5000/acme/app',
    'registry.example.com:99999999/acme/app',
    'https://registry.example.com/acme/app',
  ])('takes %s for no image', (text) => {
    expect(full(text)).toBeUndefined();
  });

  it.each([
    ['Registry.Example.com/acme/**', 'registry.example.com/acme/**'],
    ['registry.example.com:443/**', 'registry.example.com/**'],
    ['*.EXAMPLE.com/acme/*', '*.example.com/acme/*'],
    ['[0:0:0:0:0:0:0:1]:5000/acme/**', '[::1]:5000/acme/**'],
    ['bücher.example/acme/**', 'xn--bcher-kva.example/acme/**'],
    ['**/Release', '**/Release'],
  ])('makes one glob of %s: %s', (glob, same) => {
    expect(imageGlob(glob)).toBe(same);
  });

  it('A22: names of two images stay two, and the one form of a name stays as it is', () => {
    const host = fc.constantFrom(
      ...['docker.io', 'index.docker.io', 'REGISTRY.example.com', 'registry.example.com', 'registry.example.com:443'],
      ...[
        'registry.example.com:80',
        'registry.example.com:4430',
        'registry.example.com.evil',
        '[::1]',
        '[::1]:443',
        '[::2]',
      ],
    );
    const repository = fc.stringMatching(/^(?:[a-z0-9]{1,4}\/){0,2}[a-z0-9]{1,4}$/);
    fc.assert(
      fc.property(host, repository, host, repository, (hostA, a, hostB, b) => {
        const [one, other] = [full(`${hostA}/${a}`), full(`${hostB}/${b}`)];
        expect(full(one ?? '')).toBe(one);
        const sameServer = serverOf(hostA) === serverOf(hostB);
        const [inA, inB] = [inHub(hostA, a), inHub(hostB, b)];
        expect(one === other).toBe(sameServer && inA === inB);
        expect(imageGlob(`${hostA}/${a}`)).toBe(one);
      }),
    );
  });
});

/** What https reaches under this name. */
function serverOf(host: string): string {
  const { host: name } = new URL(`https://${host}`);
  return ['docker.io', 'index.docker.io'].includes(name) ? 'docker.io' : name;
}

function inHub(host: string, repository: string): string {
  return serverOf(host) === 'docker.io' && !repository.includes('/') ? `library/${repository}` : repository;
}
