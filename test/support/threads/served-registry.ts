import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { Worker } from 'node:worker_threads';
import { type Digest, digestOf } from '../../../src/domain/digest.ts';
import { OCI_INDEX } from '../../../src/domain/manifest.ts';
import { type ManifestStore, REPOSITORY } from '../memory-artifacts.ts';

/** What is answered to a path. */
export interface Served {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** What a served registry holds, put there before it starts. */
export interface ServedContent extends ManifestStore {
  readonly served: ReadonlyMap<string, Served>;
  /** The list of referrers of a digest, page by page. */
  putReferrers(digest: Digest, pages: readonly (readonly object[])[]): void;
}

export function createServedContent(): ServedContent {
  const served = new Map<string, Served>();
  const put = (path: string, body: Uint8Array, headers: Served['headers']) =>
    void served.set(`/v2/${REPOSITORY}/${path}`, { body, headers });
  return {
    served,
    putManifest(_repository, document, mediaType, tag) {
      const bytes = document instanceof Uint8Array ? document : Buffer.from(JSON.stringify(document));
      const digest = digestOf(bytes);
      for (const name of [digest, ...(tag === undefined ? [] : [tag])]) {
        put(`manifests/${name}`, bytes, { 'content-type': mediaType, 'docker-content-digest': digest });
      }
      return { mediaType, digest, size: bytes.length, bytes };
    },
    putBlob(content) {
      const bytes = Buffer.from(content);
      const digest = digestOf(bytes);
      put(`blobs/${digest}`, bytes, { 'content-type': 'application/octet-stream' });
      return { digest, size: bytes.length };
    },
    putReferrers(digest, pages) {
      for (const [at, manifests] of pages.entries()) {
        const page = (n: number) => `referrers/${digest}${n === 0 ? '' : `?page=${n}`}`;
        const next = `</v2/${REPOSITORY}/${page(at + 1)}>; rel="next"`;
        const body = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests }));
        put(page(at), body, { 'content-type': OCI_INDEX, ...(at + 1 < pages.length && { link: next }) });
      }
    },
  };
}

/** Serves it over HTTP, from a thread of its own. */
export async function serveContent({ served }: ServedContent): Promise<{ readonly url: URL; stop(): Promise<void> }> {
  const worker = new Worker(new URL('./served-registry.thread.ts', import.meta.url), { workerData: served });
  const [{ port }] = (await once(worker, 'message')) as [AddressInfo];
  return {
    url: new URL(`http://127.0.0.1:${port}`),
    stop: async () => void (await worker.terminate()),
  };
}
