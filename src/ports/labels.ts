import type { Digest } from '../domain/digest.ts';

/** Looks at labels, which some registries hang on an image beside its tags. */
export interface LabelReader {
  /** Whether the image has this label; `gone`: there is no such image. @throws {FaultError} `REGISTRY_*` */
  read(repository: string, digest: Digest, label: string, signal?: AbortSignal): Promise<'on' | 'off' | 'gone'>;
}

/** Hangs labels on images and takes them off, with the write credentials. Both change nothing the second time. */
export interface LabelWriter {
  /** Makes the label if the registry has none of the name. @throws {FaultError} `REGISTRY_*` */
  add(repository: string, digest: Digest, label: string, signal?: AbortSignal): Promise<'on' | 'gone'>;
  /** @throws {FaultError} `REGISTRY_*` */
  remove(
    repository: string,
    digest: Digest,
    label: string,
    signal?: AbortSignal,
  ): Promise<'removed' | 'absent' | 'gone'>;
}
