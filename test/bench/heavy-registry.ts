import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Digest, digestOf } from '../../src/domain/digest.ts';
import { OCI_EMPTY, OCI_INDEX, OCI_MANIFEST } from '../../src/domain/manifest.ts';
import { BUNDLE_V03, IMAGE_CONFIG, LAYER_TAR_GZIP } from '../support/push-image.ts';

/** A registry on loopback whose ten thousand images are made in a second: they share layers and evidence. */
export interface HeavyRegistry {
  readonly url: string;
  /** Adds an image; its evidence are these bundles. */
  add(name: string): { readonly digest: Digest; attach(bundles: readonly Uint8Array[]): void };
  stop(): Promise<void>;
}

const descriptorOf = (bytes: Uint8Array, mediaType: string) => ({
  mediaType,
  digest: digestOf(bytes),
  size: bytes.length,
});

/** Starts it, or one that accepts requests and never answers them. */
export async function startHeavyRegistry({ isSilent = false } = {}): Promise<HeavyRegistry> {
  const contents = new Map<string, { readonly bytes: Uint8Array; readonly type: string }>();
  const referrers = new Map<string, string>();
  const keep = (bytes: Uint8Array, type: string) => {
    const descriptor = descriptorOf(bytes, type);
    contents.set(descriptor.digest, { bytes, type });
    return descriptor;
  };
  const keepJson = (value: object, type: string) => keep(Buffer.from(JSON.stringify(value)), type);
  const empty = keep(Buffer.from('{}'), OCI_EMPTY);
  const layer = keep(Buffer.from('no layer is ever fetched'), LAYER_TAR_GZIP);
  const server = createServer((request, response) => {
    if (!isSilent) answer(request.url ?? '', response);
  });
  function answer(path: string, response: ServerResponse): void {
    response.setHeader('docker-distribution-api-version', 'registry/2.0');
    const [, place = '', reference = ''] = /\/(manifests|blobs|referrers)\/([^?]+)/.exec(path) ?? [];
    const content = contents.get(reference);
    if (place === 'referrers') {
      response.setHeader('content-type', OCI_INDEX);
      response.end(
        referrers.get(reference) ?? JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: [] }),
      );
    } else if (content === undefined) {
      response.statusCode = 404;
      response.end(JSON.stringify({ errors: [{ code: 'MANIFEST_UNKNOWN' }] }));
    } else {
      response.setHeader('content-type', content.type);
      response.end(content.bytes);
    }
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    add(name) {
      const config = keepJson(
        { architecture: 'amd64', os: 'linux', name, rootfs: { type: 'layers', diff_ids: [] } },
        IMAGE_CONFIG,
      );
      const image = keepJson({ schemaVersion: 2, mediaType: OCI_MANIFEST, config, layers: [layer] }, OCI_MANIFEST);
      return {
        digest: image.digest,
        attach(bundles) {
          const manifests = bundles.map((bundle) => {
            const layers = [keep(bundle, BUNDLE_V03)];
            const base = { schemaVersion: 2, mediaType: OCI_MANIFEST, artifactType: BUNDLE_V03, config: empty, layers };
            return { ...keepJson({ ...base, subject: image }, OCI_MANIFEST), artifactType: BUNDLE_V03 };
          });
          referrers.set(image.digest, JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests }));
        },
      };
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
