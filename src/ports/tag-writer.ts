import type { Digest } from '../domain/digest.ts';

/** Writes tags in one configured registry, with its write credentials. Never deletes by digest. */
export interface TagWriter {
  /** Puts exactly these manifest bytes under a tag; the same bytes again are a success. @throws {FaultError} */
  putTag(
    repository: string,
    tag: string,
    manifest: { readonly bytes: Uint8Array; readonly mediaType: string; readonly digest: Digest },
    signal?: AbortSignal,
  ): Promise<void>;

  /** Uploads a small blob unless the registry has it already; returns its digest. @throws {FaultError} */
  putBlob(repository: string, bytes: Uint8Array, signal?: AbortSignal): Promise<Digest>;

  /**
   * Deletes one tag. `refused` when the registry does not delete tags (400, 405), not this one (409, 412), or not for these
   * credentials (401, 403), which may write all the same. @throws {FaultError}
   */
  deleteTag(repository: string, tag: string, signal?: AbortSignal): Promise<'deleted' | 'absent' | 'refused'>;
}
