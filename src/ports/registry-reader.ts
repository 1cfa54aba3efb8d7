import type { Digest } from '../domain/digest.ts';
import type { Descriptor, Manifest } from '../domain/manifest.ts';
import type { FaultError } from '../kit/errors.ts';

/** What a registry answered to the referrers call (distribution-spec 1.1 "Listing Referrers"). */
export type ReferrersAnswer =
  /** The registry has no referrers API: the fallback tag is to be read. */
  | { readonly kind: 'unsupported' }
  | {
      readonly kind: 'listed';
      readonly descriptors: readonly Descriptor[];
      /** Which limit ended the listing; absent if none did. */
      readonly cutShort?: string;
      /** Why a later page could not be fetched: the list may hold enough, but is not complete. */
      readonly fault?: FaultError;
    };

/** Reads one configured registry, with its read credentials. Every byte returned was counted and hashed. */
export interface RegistryReader {
  /** Host with port, as images of this registry are named. */
  readonly host: string;

  /**
   * Fetches a manifest by digest, or by tag (resolve a tag once, then keep to the digest).
   * Returns `null` only for the registry's own, definite 404. Bytes that are no manifest come back with `unreadable`
   * set: whoever pushed them is to blame, and the answer will never change.
   * @throws {FaultError} `REGISTRY_*`, `DIGEST_MISMATCH`: could not tell.
   */
  readManifest(
    repository: string,
    reference: { readonly digest: Digest } | { readonly tag: string },
    signal?: AbortSignal,
  ): Promise<Manifest | null>;

  /**
   * Lists all referrers of a digest, unfiltered, following pages; if the list is cut short, those that say they hold a
   * bundle are listed too.
   * @throws {FaultError} could not tell.
   */
  listReferrers(repository: string, digest: Digest, signal?: AbortSignal): Promise<ReferrersAnswer>;

  /**
   * Fetches a blob of a manifest that was read. The descriptor's size is compared with `maxBytes` by the caller.
   * Returns `null` only for the registry's own, definite 404: the manifest names what is not there.
   * @throws {FaultError} `REGISTRY_*`, `DIGEST_MISMATCH`: could not tell.
   */
  readBlob(
    repository: string,
    blob: Pick<Descriptor, 'digest' | 'size'>,
    signal?: AbortSignal,
  ): Promise<Uint8Array | null>;

  /** Asks `GET /v2/` and, with a repository, for its tags: for `doctor`. @throws {FaultError} what is wrong. */
  probe(repository?: string, signal?: AbortSignal): Promise<void>;
}
