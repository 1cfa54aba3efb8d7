import type { Digest } from '../domain/digest.ts';

/** What a lock does to an image: `locked`: nobody can pull it, by digest or by tag. `gone`: there is no such image. */
export type LockState = 'locked' | 'open' | 'gone';

/** Sees whether an image is locked, where a registry can lock one; a locked image is not gone. */
export interface LockReader {
  /** @throws {FaultError} `REGISTRY_*` */
  read(repository: string, digest: Digest, signal?: AbortSignal): Promise<LockState>;
}

/** Locks images and opens them, with the write credentials. Both change nothing the second time. */
export interface LockWriter {
  /** @throws {FaultError} `REGISTRY_*` */
  lock(repository: string, digest: Digest, signal?: AbortSignal): Promise<'locked' | 'gone'>;
  /** @throws {FaultError} `REGISTRY_*` */
  unlock(repository: string, digest: Digest, signal?: AbortSignal): Promise<'open' | 'gone'>;
}
