import type { RegistryLimits } from './limits.ts';

/** How we show who we are. Secrets are plain here: they come out of their wrappers at the last moment. */
export type RegistryCredentials =
  | { readonly kind: 'none' }
  | { readonly kind: 'basic'; readonly username: string; readonly password: string }
  /** Docker's `config.json`, with credential helpers; a file that is not there holds no credentials. */
  | { readonly kind: 'docker-config'; readonly path: string };

/** One HTTP request as it was made, for metrics. No URL: names and tokens do not belong into labels. */
export interface RequestInfo {
  readonly registryId: string;
  readonly method: string;
  readonly status: number | 'error';
  readonly ms: number;
}

/** What is configured for one registry, whoever uses it. */
export interface RegistryOptions {
  readonly id: string;
  /** Scheme and host; `http:` is used only if it says so here. A path is not supported by the distribution API. */
  readonly url: URL;
  /** Certificates (PEM) trusted besides the system's. */
  readonly ca?: string;
  /** `host[:port]` of token services besides the registry's own host and the known ones of hosted registries. */
  readonly realmHosts?: readonly string[];
  /** Whether redirects may lead to private addresses; default: whether the registry's own host is one. */
  readonly private?: boolean;
  readonly limits?: Partial<RegistryLimits>;
  readonly onRequest?: (info: RequestInfo) => void;
}
