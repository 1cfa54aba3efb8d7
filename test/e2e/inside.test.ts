import { createHash, randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Digest } from '../../src/domain/digest.ts';
import { OCI_INDEX, OCI_MANIFEST } from '../../src/domain/manifest.ts';
import {
  type Pushed,
  type PushedBlob,
  type PushTarget,
  pullManifest,
  pushBlob,
  pushManifest,
} from '../support/oci-push.ts';
import { describeWithPart } from '../support/parts.ts';
import {
  BUNDLE_V03,
  DSSE_ENVELOPE,
  fallbackTag,
  IMAGE_CONFIG,
  LAYER_TAR_GZIP,
  pushImage,
} from '../support/push-image.ts';
import { marksIn, waitForOutcome } from './world/look.ts';
import { announce } from './world/push.ts';
import { startWorld, type World } from './world/start-world.ts';

/** Where a shape is pushed, and an image there to hide behind. */
interface Place {
  readonly target: PushTarget;
  readonly repository: string;
  readonly victim: Pushed;
}

interface ShapedPush {
  readonly pushed: Pushed;
  /** As the registry announces it. */
  readonly digest?: Digest;
  readonly tag: string | null;
}

interface Parts {
  readonly config?: string;
  readonly layer?: string;
  readonly tag: string | null;
  readonly mediaType?: string;
  readonly more?: Readonly<Record<string, unknown>>;
}

const descriptorOf = ({ mediaType, digest, size }: Pushed): PushedBlob => ({ mediaType, digest, size });

/** An image with one text file, whatever its parts are called. */
async function pushShape({ target, repository }: Place, parts: Parts): Promise<ShapedPush> {
  const { config = IMAGE_CONFIG, layer = LAYER_TAR_GZIP, tag, mediaType = OCI_MANIFEST, more } = parts;
  const plain = await pushImage(target, repository, null, { content: randomBytes(8).toString('hex') });
  const manifest = JSON.parse(plain.manifest.toString('utf8'));
  manifest.config.mediaType = config;
  manifest.layers[0].mediaType = layer;
  const pushed = await pushManifest(target, repository, tag, { ...manifest, mediaType, ...more }, mediaType);
  return { pushed, tag };
}

const SHAPES: readonly [string, (place: Place) => Promise<ShapedPush>][] = [
  ['an image that names a subject', (at) => pushShape(at, { tag: 'v1', more: { subject: descriptorOf(at.victim) } })],
  [
    'an image that names a subject and the type of a bundle',
    (at) => pushShape(at, { tag: 'v1', more: { subject: descriptorOf(at.victim), artifactType: BUNDLE_V03 } }),
  ],
  [
    'an image with types of its own for configuration and layers',
    (at) => pushShape(at, { tag: 'v1', config: 'application/vnd.acme.config', layer: 'application/vnd.acme.layer' }),
  ],
  [
    'an archive that is called an attestation, under the tag of one',
    (at) => pushShape(at, { tag: `${fallbackTag(at.victim.digest)}.att`, layer: DSSE_ENVELOPE }),
  ],
  [
    'an archive that is called a bundle',
    (at) => pushShape(at, { tag: 'v1', layer: BUNDLE_V03, more: { subject: descriptorOf(at.victim) } }),
  ],
  [
    'an image that is an index as well',
    (at) => pushShape(at, { tag: 'v1', more: { manifests: [descriptorOf(at.victim)] } }),
  ],
  [
    'an index that is an image as well',
    (at) => pushShape(at, { tag: 'v1', mediaType: OCI_INDEX, more: { manifests: [descriptorOf(at.victim)] } }),
  ],
  ['an image pushed by its digest alone', (at) => pushShape(at, { tag: null })],
  [
    'an image under the tag of a signature of another',
    (at) => pushShape(at, { tag: `${fallbackTag(at.victim.digest)}.sig` }),
  ],
  ['an image under the tag of the list of evidence', (at) => pushShape(at, { tag: fallbackTag(at.victim.digest) })],
  [
    'an image under the name of a mark of another',
    (at) => pushShape(at, { tag: `quarantined-${at.victim.digest.slice('sha256:'.length)}` }),
  ],
  ['an image under a digest of another algorithm', pushBySha512],
];

async function pushBySha512({ target, repository }: Place): Promise<ShapedPush> {
  const layer = await pushBlob(target, repository, gzipSync(randomBytes(64)), LAYER_TAR_GZIP);
  const config = await pushBlob(target, repository, Buffer.from('{"os":"linux"}'), IMAGE_CONFIG);
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: OCI_MANIFEST, config, layers: [layer] }));
  const digest = `sha512:${createHash('sha512').update(bytes).digest('hex')}` as Digest;
  const pushed = await pushManifest(target, repository, `v1?digest=${digest}`, bytes);
  return { pushed, digest, tag: 'v1' };
}

/** The names of marks that stand on this image. */
async function marksOn(world: World, repository: string, image: Pushed): Promise<readonly string[]> {
  const found: string[] = [];
  for (const mark of await marksIn(world, repository)) {
    const bytes = await pullManifest(world.registry.target, repository, mark);
    if (bytes?.equals(image.manifest)) found.push(mark);
  }
  return found;
}

describeWithPart('olareg', 'somebody inside, at a real registry', () => {
  let world: World;
  const pushes = new Map<string, ShapedPush & { readonly repository: string }>();
  beforeAll(async () => {
    world = await startWorld({ registry: 'olareg', source: 'webhook', stores: 'embedded' });
    // They are waited for side by side.
    for (const [at, [name, push]] of SHAPES.entries()) {
      const repository = `acme/strict/inside-${at}`;
      const victim = await pushImage(world.registry.target, repository, 'victim');
      const shaped = await push({ target: world.registry.target, repository, victim });
      const { pushed, digest = pushed.digest, tag } = shaped;
      await announce(world, repository, tag, { ...pushed, digest });
      pushes.set(name, { ...shaped, repository });
    }
  });
  afterAll(() => world?.stop());

  it.each(SHAPES)('P1: %s is judged, and marked', async (name) => {
    const push = pushes.get(name);
    if (push === undefined) throw new Error('it was not pushed');
    const { pushed, repository, tag, digest = pushed.digest } = push;
    await waitForOutcome(world, { repository, digest }, 'fail-missing');
    const ours = (await marksOn(world, repository, pushed)).filter((name) => name !== tag);
    expect(ours).toHaveLength(1);
  });
});
