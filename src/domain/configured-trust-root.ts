import type { BuiltInTrust } from './built-in-trust.ts';
import type { TrustThresholds } from './trust-root.ts';

/** Where a trust root comes from. */
export type TrustRootOrigin =
  /** Absolute path of a `trusted_root.json`, read again when it changes. */
  | { readonly kind: 'file'; readonly path: string }
  /** An instance Lazaret knows, by TUF from the packaged seed on; without `refresh`, the seed alone. */
  | { readonly kind: 'built-in'; readonly instance: BuiltInTrust; readonly refresh: boolean }
  /** A TUF repository of one's own; `rootFile` is the absolute path of its pinned `root.json`. */
  | { readonly kind: 'tuf'; readonly url: URL; readonly rootFile: string; readonly target: string };

/** One trust root of the configuration. */
export interface ConfiguredTrustRoot {
  readonly name: string;
  readonly origin: TrustRootOrigin;
  readonly thresholds: TrustThresholds;
  /** Signers bring the certificates between them and this root, and may name no issuer. */
  readonly chains?: true;
}
