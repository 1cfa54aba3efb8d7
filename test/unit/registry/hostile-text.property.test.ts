import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { digestOf } from '../../../src/domain/digest.ts';
import { isRepositoryName } from '../../../src/domain/image-reference.ts';
import { OCI_INDEX, OCI_MANIFEST } from '../../../src/domain/manifest.ts';
import { InvalidInputError } from '../../../src/kit/errors.ts';
import { parseChallenges } from '../../../src/registry/auth/challenge.ts';
import { parseNextLink } from '../../../src/registry/http/next-page.ts';
import { tagUrl } from '../../../src/registry/http/registry-url.ts';
import { parseManifest } from '../../../src/registry/parse-manifest.ts';

const BASE = new URL('https://registry.example.com');

describe('whatever a registry or a publisher writes', () => {
  it('no bytes make the reading of a manifest fail', () => {
    const content = fc.oneof(
      fc.uint8Array(),
      fc.json().map((text) => Buffer.from(text)),
    );
    const type = fc.oneof(fc.constantFrom(OCI_MANIFEST, OCI_INDEX, undefined), fc.string());
    fc.assert(
      fc.property(content, type, (bytes, contentType) => {
        const digest = digestOf(bytes);
        const manifest = parseManifest(bytes, digest, contentType);
        expect(manifest.digest).toBe(digest);
        if (manifest.unreadable !== undefined) expect([...manifest.layers, ...manifest.manifests]).toEqual([]);
      }),
    );
  });

  it('no descriptor carries more than the fields Lazaret knows', () => {
    const known = new Set(['mediaType', 'digest', 'size', 'artifactType', 'annotations', 'platform']);
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (extra) => {
        const layer = { ...extra, digest: digestOf(Buffer.from('x')), size: 1 };
        const bytes = Buffer.from(JSON.stringify({ layers: [layer] }));
        const [read] = parseManifest(bytes, digestOf(bytes), OCI_MANIFEST).layers;
        expect(Object.keys(read ?? {}).filter((key) => !known.has(key))).toEqual([]);
      }),
    );
  });

  it('no header makes its reading fail', () => {
    const pieces = fc.constantFrom(
      'Bearer',
      'Basic',
      'realm=',
      '"',
      '\\',
      ',',
      '=',
      ' ',
      '<',
      '>',
      ';',
      'rel=next',
      'x',
    );
    fc.assert(
      fc.property(
        fc.array(pieces).map((parts) => parts.join('')),
        (header) => {
          expect(Array.isArray(parseChallenges(header))).toBe(true);
          expect(['string', 'undefined']).toContain(typeof parseNextLink(header));
        },
      ),
    );
  });

  it('A3: no repository and no tag reach a path that is not theirs', () => {
    const text = fc.oneof(fc.string(), fc.constantFrom('..', 'acme/app', '%2e%2e', 'a/../b', 'a?b', 'a#b', '//evil'));
    fc.assert(
      fc.property(text, text, (repository, tag) => {
        let path: string;
        try {
          path = tagUrl(BASE, repository, tag).href;
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidInputError);
          return;
        }
        expect(isRepositoryName(repository)).toBe(true);
        expect(path).toBe(`${BASE.href}v2/${repository}/manifests/${tag}`);
      }),
    );
  });
});
