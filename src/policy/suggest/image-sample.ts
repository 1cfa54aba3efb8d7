import type { Digest } from '../../domain/digest.ts';
import type { Finding } from '../../domain/finding.ts';

/** An image a policy is suggested from: all that was found out about it. */
export interface ImageSample {
  /** As it was asked for: what people know it by. */
  readonly name: string;
  /** `host/repository`. */
  readonly image: string;
  readonly digest: Digest;
  /** Of every trust root and key at hand. */
  readonly findings: readonly Finding[];
  /** Its type, where it is no container image. */
  readonly artifactType?: string;
  /** The images in it, where it is an index. */
  readonly platforms?: readonly ImageSample[];
}
