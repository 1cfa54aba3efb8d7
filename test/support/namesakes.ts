import { type Digest, digestOf } from '../../src/domain/digest.ts';
import { OCI_MANIFEST } from '../../src/domain/manifest.ts';
import { IMAGE_CONFIG, LAYER_TAR_GZIP } from './push-image.ts';

/** What the namesakes are made of, to be pushed before them; they hold one line of text. */
export const NAMESAKE_BLOBS: readonly string[] = [
  '{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]}}',
  'one text file\n',
];

/**
 * Two images whose digests share their first twelve hex characters, `6f673cd81250`. Found by walking from one annotation
 * to the next until two walks met: fourteen million steps, seven seconds of one core.
 */
export const NAMESAKES: readonly [Namesake, Namesake] = [namesake('2fd535f317fd'), namesake('21312c719c9c')];

export interface Namesake {
  readonly bytes: Uint8Array;
  readonly mediaType: string;
  readonly digest: Digest;
}

function namesake(n: string): Namesake {
  const [config, layer] = NAMESAKE_BLOBS.map((text) => ({ digest: digestOf(Buffer.from(text)), size: text.length }));
  const manifest = {
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config: { mediaType: IMAGE_CONFIG, ...config },
    layers: [{ mediaType: LAYER_TAR_GZIP, ...layer }],
    annotations: { n },
  };
  const bytes = Buffer.from(JSON.stringify(manifest));
  return { bytes, mediaType: OCI_MANIFEST, digest: digestOf(bytes) };
}
