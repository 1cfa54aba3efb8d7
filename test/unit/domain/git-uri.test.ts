import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseGitUri } from '../../../src/domain/git-uri.ts';

const APP = 'https://github.com/acme/app';

describe('an address in git', () => {
  it.each([
    'https://github.com/acme/app',
    'https://github.com/acme/app.git',
    'https://github.com/acme/app/',
    'https://github.com/acme/app.git/',
    'https://GitHub.com/acme/app',
    'https://github.com:443/acme/app',
    'https://user@github.com/acme/app',
    'https://user:secret@github.com/acme/app.git',
    'git+https://github.com/acme/app',
    'git+https://user@github.com/acme/app.git',
    'ssh://git@github.com/acme/app.git',
    'ssh://git@github.com:22/acme/app',
    'git+ssh://git@github.com/acme/app.git',
    'git@github.com:acme/app.git',
    'git+git@github.com:acme/app.git',
  ])('is the same repository in every form: %s', (uri) => {
    expect(parseGitUri(uri)).toEqual({ repository: APP });
    for (const [mark, ref] of [
      ['@', 'refs/tags/v1'],
      ['#', 'refs/tags/v1'],
      ['@', 'main'],
      ['#', '5f2c1a7e9b3d4c6f8a0e1b2d3c4f5a6b7c8d9e0f'],
    ] as const) {
      expect(parseGitUri(`${uri}${mark}${ref}`)).toEqual({ repository: APP, ref });
    }
  });

  it('may name a folder or a file after the ref', () => {
    expect(parseGitUri(`${APP}.git#refs/tags/v1:services/web`)).toEqual({ repository: APP, ref: 'refs/tags/v1' });
    expect(parseGitUri(`${APP}.git#:services/web`)).toEqual({ repository: APP });
    expect(parseGitUri(`git+${APP}@v1#src/main.c`)).toEqual({ repository: APP, ref: 'v1' });
  });

  it.each([
    ['letters of the path', 'https://github.com/Acme/app'],
    ['the host', 'https://github.com.evil.example/acme/app'],
    ['the host, named after what looks like it', 'https://github.com@evil.example/acme/app'],
    ['the host, after a port that is a password', 'https://github.com:443@evil.example/acme/app'],
    ['the port', 'https://github.com:8443/acme/app'],
    ['a transport that proves nothing', 'http://github.com/acme/app'],
    ['another such', 'git://github.com/acme/app'],
    ['the user of SSH, whose home it is', 'mallory@github.com:acme/app'],
    ['the user of SSH in a URL', 'ssh://mallory@github.com/acme/app'],
    ['no user of SSH', 'ssh://github.com/acme/app'],
    ['the port of SSH', 'ssh://git@github.com:2222/acme/app'],
    ['what comes before', 'https://github.com/mallory/acme/app'],
    ['a number that is part of a path', 'git@github.com:22/acme/app'],
    ['.git twice', 'https://github.com/acme/app.git.git'],
    ['an encoded character that stays one', 'https://github.com/acme/app%20'],
  ])('is another repository by %s', (_, uri) => {
    const place = parseGitUri(uri);
    expect(place).toBeDefined();
    expect(place?.repository).not.toBe(APP);
  });

  it.each([
    ['dots', 'https://github.com/mallory/../acme/app'],
    ['a dot', 'https://github.com/./acme/app'],
    ['encoded dots', 'https://github.com/mallory/%2e%2E/acme/app'],
    ['an encoded slash', 'https://github.com/acme%2fapp'],
    ['an encoded letter', 'https://github.com/%61cme/app'],
    ['an encoded percent sign', 'https://github.com/acme%252fapp'],
    ['an encoded end of text', 'https://github.com/acme/app%00'],
    ['a broken code', 'https://github.com/acme/app%2'],
    ['an empty segment', 'https://github.com//acme/app'],
    ['two slashes at the end', 'https://github.com/acme/app//'],
    ['a backslash', 'https://evil.example\\@github.com/acme/app'],
    ['two users', 'https://a@b@github.com/acme/app'],
    ['a query', 'https://github.com/acme/app?x=1'],
    ['white space', 'https://github.com/acme/app '],
    ['the end of a line', 'https://github.com/acme/app\n'],
    ['a letter that looks like another', 'https://github.com/аcme/app'],
    ['a host that looks like another', 'https://gıthub.com/acme/app'],
    ['a host that ends in a dot', 'https://github.com./acme/app'],
    ['no host', 'https:///acme/app'],
    ['a number that is read as an address', 'https://5/acme/app'],
    ['an address in short', 'ssh://git@10.1/acme/app'],
    ['an address that is none', 'https://forge.2/acme/app'],
    ['an address in the longer of two forms', 'https://[0:0:0:0:0:0:0:1]/acme/app'],
    ['a bracket that stays open', 'https://[/acme/app'],
    ['a host ended by a fragment', 'https://github.com#@evil.example/acme/app'],
    ['no path', 'https://github.com/'],
    ['no path before the ref', 'https://github.com/@main'],
    ['an empty ref', 'https://github.com/acme/app@'],
    ['an empty fragment', 'https://github.com/acme/app#'],
    ['a port that is none', 'https://github.com:99999/acme/app'],
    ['a path from the root of another machine', 'git@github.com:/acme/app'],
    ['files', 'file:///acme/app'],
    ['a scheme within', 'git+git+https://github.com/acme/app'],
    ['an image', 'oci://github.com/acme/app'],
    ['a package', 'pkg:github/acme/app@v1'],
    ['no scheme', 'github.com/acme/app'],
    ['nothing', ''],
    ['too much', `https://github.com/${'a'.repeat(2_100)}`],
  ])('is none with %s', (_, uri) => {
    expect(parseGitUri(uri)).toBeUndefined();
  });

  const name = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_-]{0,12}$/);
  const host = fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,8}[a-z0-9]\.[a-z]{2,5}$/);
  const paths = fc.array(name, { minLength: 1, maxLength: 4 }).map((segments) => segments.join('/'));

  it('is the same repository in all of its honest forms, whatever it is called', () => {
    fc.assert(
      fc.property(host, paths, name, (where, path, ref) => {
        const repository = `https://${where}/${path}`;
        const forms = [
          repository,
          `git+${repository}.git`,
          `git+https://${ref}@${where}/${path}/`,
          `git+ssh://git@${where}/${path}.git`,
          `git@${where}:${path}.git`,
        ];
        for (const form of forms) {
          expect(parseGitUri(form)).toEqual({ repository });
          expect(parseGitUri(`${form}@${ref}`)).toEqual({ repository, ref });
          expect(parseGitUri(`${form}#${ref}`)).toEqual({ repository, ref });
        }
      }),
    );
  });

  it('stays what it is when it is read again, and never holds what could be read in two ways', () => {
    const odd = fc.array(fc.constantFrom(...'abA0.-_~/@:#?%2eF5c\\[] é', 'git+', 'https://', 'ssh://', '.git', '..'));
    const some = fc.oneof(
      fc.string(),
      fc.webUrl(),
      odd.map((parts) => parts.join('')),
    );
    const hosts = fc
      .tuple(fc.constantFrom('https', 'ssh', 'http'), fc.array(fc.constantFrom(...'ax0158.-_[]:'), { minLength: 1 }))
      .map(([scheme, parts]) => `${scheme}://${parts.join('')}/acme/app`);
    fc.assert(
      fc.property(
        fc.oneof(
          some,
          hosts,
          fc.ipV4Extended().map((ip) => `https://${ip}/a`),
          fc.ipV6().map((ip) => `https://[${ip}]/a`),
        ),
        (text) => {
          const place = parseGitUri(text);
          if (place === undefined) return;
          expect(parseGitUri(place.repository)?.ref).toBeUndefined();
          expect(place.repository).toMatch(/^(https?|ssh|git):\/\/([A-Za-z0-9_.-]+@)?[a-z0-9_.:[\]-]+\/[^\s\\@#?]+$/);
          expect(place.repository).not.toMatch(/\/\.{1,2}(\/|$)|%2e|%2f|%5c/i);
          // Read by the URL parser that HTTP clients use, it is the same place.
          if (place.repository.startsWith('http')) expect(new URL(place.repository).href).toBe(place.repository);
        },
      ),
      { numRuns: 5_000 },
    );
  });

  it('is the same as another only where host, port and path are', () => {
    fc.assert(
      fc.property(host, paths, host, paths, (hostA, pathA, hostB, pathB) => {
        const [a, b] = [parseGitUri(`git+https://${hostA}/${pathA}`), parseGitUri(`git@${hostB}:${pathB}`)];
        expect(a?.repository === b?.repository).toBe(hostA === hostB && pathA === pathB);
      }),
    );
  });
});
