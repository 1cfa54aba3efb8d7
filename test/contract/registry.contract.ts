import { describe, expect, it } from 'vitest';
import { type Digest, digestOf } from '../../src/domain/digest.ts';
import { OCI_EMPTY, OCI_INDEX, OCI_MANIFEST } from '../../src/domain/manifest.ts';
import type { RegistryReader } from '../../src/ports/registry-reader.ts';
import type { TagWriter } from '../../src/ports/tag-writer.ts';

/** A registry with a way to put things into it that is not the one under test. */
export interface RegistryStage {
  readonly reader: RegistryReader;
  readonly writer: TagWriter;
  putBlob(repository: string, bytes: Uint8Array): Promise<{ readonly digest: Digest; readonly size: number }>;
  /** Under its digest when the tag is `null`. */
  putManifest(repository: string, bytes: Uint8Array, mediaType: string, tag: string | null): Promise<void>;
}

/** What this registry can do. */
export interface RegistryAbilities {
  readonly referrersApi: boolean;
  readonly deletesTags: boolean;
}

const REPOSITORY = 'acme/contract';
const NOWHERE = digestOf(Buffer.from('nowhere'));

/** What the ports `RegistryReader` and `TagWriter` promise, whatever stands behind them. `start` keeps it for one test. */
export function describeRegistry(
  name: string,
  abilities: RegistryAbilities,
  start: () => Promise<RegistryStage>,
): void {
  describe(`${name}, read`, () => {
    it('gives a manifest by tag and by digest, byte for byte', async () => {
      const stage = await start();
      const image = await putArtifact(stage, { tag: 'v1' });
      for (const reference of [{ tag: 'v1' }, { digest: image.digest }]) {
        const manifest = await stage.reader.readManifest(REPOSITORY, reference);
        expect(manifest).toMatchObject({ digest: image.digest, mediaType: OCI_MANIFEST, manifests: [] });
        expect(Buffer.from(manifest?.bytes ?? []).equals(image.bytes)).toBe(true);
        expect(manifest?.layers).toMatchObject([{ mediaType: 'text/plain', annotations: { colour: 'red' } }]);
      }
    });

    it('gives an index with its children', async () => {
      const stage = await start();
      const child = await putArtifact(stage);
      const manifests = [{ ...descriptorOf(child), platform: { os: 'linux', architecture: 'arm64' } }];
      const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests }));
      await stage.putManifest(REPOSITORY, bytes, OCI_INDEX, 'all');
      expect(await stage.reader.readManifest(REPOSITORY, { tag: 'all' })).toMatchObject({
        mediaType: OCI_INDEX,
        layers: [],
        manifests: [{ digest: child.digest, platform: { os: 'linux', architecture: 'arm64' } }],
      });
    });

    it('says null for what is definitely not there', async () => {
      const stage = await start();
      await putArtifact(stage);
      expect(await stage.reader.readManifest(REPOSITORY, { tag: 'none' })).toBeNull();
      expect(await stage.reader.readManifest(REPOSITORY, { digest: NOWHERE })).toBeNull();
      expect(await stage.reader.readManifest('acme/none', { tag: 'v1' })).toBeNull();
    });

    it('gives a blob, and says null for one that is definitely not there', async () => {
      const stage = await start();
      const blob = await stage.putBlob(REPOSITORY, Buffer.from('some bytes'));
      expect(Buffer.from((await stage.reader.readBlob(REPOSITORY, blob)) ?? []).toString()).toBe('some bytes');
      expect(await stage.reader.readBlob(REPOSITORY, { digest: NOWHERE, size: 7 })).toBeNull();
    });

    it('B5: fails over a blob that is larger than its descriptor says', async () => {
      const stage = await start();
      const { digest } = await stage.putBlob(REPOSITORY, Buffer.from('some bytes'));
      await expect(stage.reader.readBlob(REPOSITORY, { digest, size: 3 })).rejects.toMatchObject({
        code: 'REGISTRY_RESPONSE_TOO_LARGE',
      });
    });

    it(abilities.referrersApi ? 'lists what refers to a digest' : 'says that it has no referrers API', async () => {
      const stage = await start();
      const image = await putArtifact(stage);
      const referrer = await putArtifact(stage, { artifactType: 'application/vnd.example', subject: image });
      const answer = await stage.reader.listReferrers(REPOSITORY, image.digest);
      if (!abilities.referrersApi) {
        expect(answer).toEqual({ kind: 'unsupported' });
        return;
      }
      expect(answer).toMatchObject({
        kind: 'listed',
        descriptors: [
          { digest: referrer.digest, artifactType: 'application/vnd.example', size: referrer.bytes.length },
        ],
      });
      expect(answer).not.toHaveProperty('cutShort');
      expect(await stage.reader.listReferrers(REPOSITORY, referrer.digest)).toEqual({
        kind: 'listed',
        descriptors: [],
      });
    });

    it('stops when it is told to', async () => {
      const stage = await start();
      const signal = AbortSignal.abort(new Error('stopped'));
      await expect(stage.reader.readManifest(REPOSITORY, { tag: 'v1' }, signal)).rejects.toThrow();
    });
  });

  describe(`${name}, written`, () => {
    it('puts a tag on what is there, once or twice', async () => {
      const stage = await start();
      const image = await putArtifact(stage, { tag: 'v1' });
      const manifest = { bytes: image.bytes, mediaType: OCI_MANIFEST, digest: image.digest };
      for (let n = 0; n < 2; n++) await stage.writer.putTag(REPOSITORY, 'mark', manifest);
      for (const tag of ['v1', 'mark']) {
        expect(await stage.reader.readManifest(REPOSITORY, { tag })).toMatchObject({ digest: image.digest });
      }
    });

    it('stores a blob, once or twice', async () => {
      const stage = await start();
      await putArtifact(stage);
      const bytes = Buffer.from('{"stored":1}');
      for (let n = 0; n < 2; n++) expect(await stage.writer.putBlob(REPOSITORY, bytes)).toBe(digestOf(bytes));
      const blob = { digest: digestOf(bytes), size: bytes.length };
      expect(Buffer.from((await stage.reader.readBlob(REPOSITORY, blob)) ?? []).equals(bytes)).toBe(true);
    });

    const deletes = abilities.deletesTags ? 'deletes one tag and leaves the others' : 'says that it deletes no tags';
    it(deletes, async () => {
      const stage = await start();
      const image = await putArtifact(stage, { tag: 'v1' });
      await stage.putManifest(REPOSITORY, image.bytes, OCI_MANIFEST, 'mark');
      const answer = await stage.writer.deleteTag(REPOSITORY, 'mark');
      expect(answer).toBe(abilities.deletesTags ? 'deleted' : 'refused');
      const left = await stage.reader.readManifest(REPOSITORY, { tag: 'mark' });
      expect(left?.digest).toBe(abilities.deletesTags ? undefined : image.digest);
      expect(await stage.reader.readManifest(REPOSITORY, { tag: 'v1' })).toMatchObject({ digest: image.digest });
      if (abilities.deletesTags) expect(await stage.writer.deleteTag(REPOSITORY, 'mark')).toBe('absent');
    });
  });
}

interface Put {
  readonly bytes: Buffer;
  readonly digest: Digest;
}

async function putArtifact(
  stage: RegistryStage,
  parts: { readonly tag?: string; readonly artifactType?: string; readonly subject?: Put } = {},
): Promise<Put> {
  const config = { ...(await stage.putBlob(REPOSITORY, Buffer.from('{}'))), mediaType: OCI_EMPTY };
  const layer = await stage.putBlob(REPOSITORY, Buffer.from('a layer'));
  const manifest = {
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    ...(parts.artifactType !== undefined && { artifactType: parts.artifactType }),
    config,
    layers: [{ ...layer, mediaType: 'text/plain', annotations: { colour: 'red' } }],
    ...(parts.subject && { subject: descriptorOf(parts.subject) }),
  };
  const bytes = Buffer.from(JSON.stringify(manifest));
  await stage.putManifest(REPOSITORY, bytes, OCI_MANIFEST, parts.tag ?? null);
  return { bytes, digest: digestOf(bytes) };
}

function descriptorOf({ bytes, digest }: Put): { mediaType: string; digest: Digest; size: number } {
  return { mediaType: OCI_MANIFEST, digest, size: bytes.length };
}
