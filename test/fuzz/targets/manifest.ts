import assert from 'node:assert/strict';
import { digestOf, parseDigest } from '../../../src/domain/digest.ts';
import type { Descriptor } from '../../../src/domain/manifest.ts';
import { decideKind } from '../../../src/evidence/decide-kind.ts';
import { isPlainText } from '../../../src/evidence/unpackable.ts';
import { parseManifest } from '../../../src/registry/parse-manifest.ts';
import { readRecordings } from '../../support/cosign/recording.ts';
import { assertShort } from '../expect-error.ts';
import type { FuzzTarget } from '../fuzz-target.ts';

const OCI = 'application/vnd.oci.image.manifest.v1+json';
const INDEX = 'application/vnd.oci.image.index.v1+json';
const DOCKER = 'application/vnd.docker.distribution.manifest.v2+json';
const ITEM_BYTES = 1024 * 1024;

const recorded = readRecordings()
  .filter(({ name }) => /^(key-p256-rekor1|index-recursive|fallback-tag|legacy-referrer$)/.test(name))
  .flatMap(({ manifests }) => manifests.map(({ text }) => text));

/** Manifests, indexes and lists of referrers, which are indexes. */
export const targets: readonly FuzzTarget[] = [
  {
    name: 'manifest',
    shape: 'json',
    seeds: [...new Set(recorded)].map((text) => Buffer.from(text)),
    words: [OCI, INDEX, DOCKER, 'application/vnd.dev.sigstore.bundle.v0.3+json'],
    run(input) {
      const digest = digestOf(input);
      for (const type of [OCI, INDEX, DOCKER]) {
        const manifest = parseManifest(input, digest, type);
        assert.equal(manifest.digest, digest);
        if (manifest.unreadable !== undefined) assertShort(manifest.unreadable);
        assert.ok(manifest.layers.length === 0 || manifest.manifests.length === 0, 'it is an image or an index');
        const listed = [...manifest.layers, ...manifest.manifests, manifest.config, manifest.subject];
        for (const each of listed) if (each !== undefined) checkDescriptor(each);
        decideKind(manifest, { names: new Map(), itemBytes: ITEM_BYTES });
      }
      isPlainText(input, { json: true });
    },
  },
];

function checkDescriptor(descriptor: Descriptor): void {
  assert.equal(parseDigest(descriptor.digest), descriptor.digest);
  assert.ok(Number.isSafeInteger(descriptor.size) && descriptor.size >= 0);
  assert.ok(!('urls' in descriptor), 'nobody is asked elsewhere');
}
