import { describe, expect, it } from 'vitest';
import { digestOf } from '../../../src/domain/digest.ts';
import { DOCKER_LIST, DOCKER_MANIFEST, type Manifest, OCI_INDEX, OCI_MANIFEST } from '../../../src/domain/manifest.ts';
import { parseManifest } from '../../../src/registry/parse-manifest.ts';

const HEX = 'ab'.repeat(32);
const LAYER = { mediaType: 'application/x-layer', digest: `sha256:${HEX}`, size: 7 };

function parse(content: string | object, contentType: string | undefined = OCI_MANIFEST): Manifest {
  const bytes = Buffer.from(typeof content === 'string' ? content : JSON.stringify(content));
  return parseManifest(bytes, digestOf(bytes), contentType);
}

describe('parseManifest', () => {
  it('reads what Lazaret uses of an image manifest', () => {
    const manifest = parse({
      schemaVersion: 2,
      mediaType: OCI_MANIFEST,
      artifactType: 'application/x-bundle',
      config: LAYER,
      layers: [{ ...LAYER, annotations: { a: 'b', c: 3 } }],
      subject: LAYER,
      annotations: { d: 'e' },
    });
    expect(manifest).toMatchObject({
      mediaType: OCI_MANIFEST,
      artifactType: 'application/x-bundle',
      config: LAYER,
      layers: [{ ...LAYER, annotations: { a: 'b' } }],
      subject: LAYER,
      annotations: { d: 'e' },
      manifests: [],
    });
    expect(manifest.unreadable).toBeUndefined();
  });

  it('reads the children of an index, with their platforms', () => {
    const child = { ...LAYER, platform: { os: 'linux', architecture: 'amd64' } };
    expect(parse({ mediaType: DOCKER_LIST, manifests: [child] }, DOCKER_LIST).manifests).toEqual([child]);
  });

  it('takes the media type of the bytes where the registry serves them as plain JSON', () => {
    expect(parse({ mediaType: OCI_MANIFEST, layers: [LAYER] }, 'application/json; charset=utf-8').layers).toHaveLength(
      1,
    );
  });

  it('takes the media type of the registry where the bytes name none', () => {
    expect(parse({ layers: [LAYER] })).toMatchObject({ mediaType: OCI_MANIFEST, layers: [LAYER] });
  });

  it('says nothing where neither names a type', () => {
    const manifest = parse({ layers: [LAYER] }, 'application/json');
    expect(manifest).toMatchObject({ mediaType: 'application/json', unreadable: expect.any(String), layers: [] });
  });

  it('takes `null` for what is not there, as some clients write it', () => {
    const index = { mediaType: OCI_INDEX, manifests: [LAYER], config: null, layers: null, subject: null };
    const read = parse(index, OCI_INDEX);
    expect(read).toMatchObject({ manifests: [LAYER] });
    expect([read.unreadable, read.subject]).toEqual([undefined, undefined]);
    const image = parse({ layers: [LAYER], manifests: null, config: null, annotations: null, artifactType: null });
    expect(image).toMatchObject({ layers: [LAYER], annotations: {} });
    expect([image.unreadable, image.config, image.artifactType]).toEqual([undefined, undefined, undefined]);
  });

  it('B3: never keeps the urls of a layer that lies elsewhere', () => {
    const manifest = parse({ layers: [{ ...LAYER, urls: ['http://169.254.169.254/'] }] });
    expect(JSON.stringify({ ...manifest, bytes: null })).not.toContain('169.254');
  });

  it.each<[string, string | object, string?]>([
    ['no JSON', '<html>'],
    ['an empty body', ''],
    ['a list', '[]'],
    ['a repeated key', '{"layers":[],"layers":[]}'],
    ['a key repeated under an escape', '{"layers":[],"\\u006cayers":[]}'],
    ['a million levels', '['.repeat(1_000_000)],
    ['an image that is an index as well', { mediaType: OCI_MANIFEST, layers: [], manifests: [LAYER] }],
    ['an index that is an image as well', { mediaType: OCI_INDEX, manifests: [], layers: [LAYER] }, OCI_INDEX],
    ['bytes that name another type than the registry', { mediaType: OCI_INDEX, layers: [LAYER] }],
    ['bytes that name another type of image than the registry', { mediaType: DOCKER_MANIFEST, layers: [LAYER] }],
    ['an index the registry calls an image', { mediaType: OCI_INDEX }],
    ['an unknown type', { mediaType: 'application/x-new', layers: [LAYER] }, 'application/x-new'],
    ['a byte order mark', '\ufeff{"layers":[]}'],
  ])('B10: calls %s unreadable, with empty lists', (_name, content, contentType) => {
    const manifest = parse(content, contentType);
    expect(manifest.unreadable).toEqual(expect.any(String));
    expect(manifest.layers).toEqual([]);
    expect(manifest.manifests).toEqual([]);
  });

  it('B10: calls bytes that are not UTF-8 unreadable', () => {
    const bytes = Buffer.from('{"a":"\xff"}', 'latin1');
    expect(parseManifest(bytes, digestOf(bytes), OCI_MANIFEST).unreadable).toContain('UTF-8');
  });

  it.each([
    '{"__proto__":{"polluted":1},"layers":[]}',
    '{"annotations":{"__proto__":"polluted"},"layers":[]}',
    '{"constructor":{"prototype":{"polluted":1}},"layers":[]}',
    '{"layers":[{"__proto__":{"polluted":1}}]}',
    '{"config":{"annotations":{"__proto__":{"polluted":1}}}}',
  ])('B10: is not polluted by %s', (text) => {
    parse(text);
    expect(Reflect.get({}, 'polluted')).toBeUndefined();
  });

  it.each([
    null,
    'text',
    7,
    {},
    { ...LAYER, digest: 'sha256:short' },
    { ...LAYER, digest: `sha256:${HEX.toUpperCase()}` },
    { ...LAYER, digest: `sha256:${HEX}/../..` },
    { ...LAYER, size: -1 },
    { ...LAYER, size: 1e99 },
    { ...LAYER, size: '7' },
  ])('leaves out %j, which is no descriptor', (entry) => {
    expect(parse({ layers: [entry, LAYER] }).layers).toEqual([LAYER]);
  });
});
