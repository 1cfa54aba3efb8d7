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
