import type { BuiltInTrust } from '../domain/built-in-trust.ts';
import type { TrustRoot, TrustThresholds } from '../domain/trust-root.ts';

/** Where a trust root comes from. */
export type TrustRootOrigin =
  /** A `trusted_root.json`, read again when it changes. */
  | { readonly kind: 'file'; readonly path: string }
  /** An instance Lazaret knows, by TUF from the packaged seed on; without `refresh`, the seed alone. */
  | { readonly kind: 'built-in'; readonly instance: BuiltInTrust; readonly refresh: boolean }
  /** A TUF repository; `rootFile` is the path of its pinned `root.json`. */
  | { readonly kind: 'tuf'; readonly url: URL; readonly rootFile: string; readonly target: string };

/** One configured trust root. */
export interface TrustRootOptions {
  readonly name: string;
  readonly origin: TrustRootOrigin;
  readonly thresholds: TrustThresholds;
  readonly chains?: true;
}

/** Says whether verification could use this root. @throws {InvalidInputError} `TRUST_ROOT_INVALID` */
export type CheckTrustRoot = (root: TrustRoot) => void;
