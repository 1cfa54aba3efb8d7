import type { LookupAddress } from 'node:dns';
import type { ApiKind } from '../domain/api-kind.ts';
import type { EcrPlace } from '../domain/ecr-host.ts';
import type { ProxyRules } from '../domain/proxy-rules.ts';
import type { RegistryCredentials } from '../domain/registry-credentials.ts';
import type { RegistryKindName } from '../domain/registry-kind.ts';
import { DOCKER_HUB_HOSTS } from '../domain/registry-name.ts';
import type { LockedImages } from '../ports/locked-images.ts';
import type { RegistryLimits } from './limits.ts';

/** One HTTP request as it was made, for metrics. No URL: names and tokens do not belong into labels. */
export interface RequestInfo {
  readonly registryId: string;
  readonly method: string;
  readonly status: number | 'error';
  readonly ms: number;
}

/** Docker Hub is called otherwise than it is dialled. */
export const DOCKER_HUB = {
  host: 'docker.io',
  url: 'https://registry-1.docker.io/',
  names: DOCKER_HUB_HOSTS,
} as const;

/** What is configured for one registry. */
export interface RegistryOptions {
  readonly id: string;
  /** Host with port as images name it, where it is not the URL's. */
  readonly host?: string;
  /** Globs of the repositories Lazaret looks after. */
  readonly repositories: readonly string[];
  readonly eventHosts?: readonly string[];
  readonly credentials: RegistryCredentials;
  /** Only used to write and delete our own tags; absent: this registry is never written to. */
  readonly writeCredentials?: RegistryCredentials;
  /** Scheme and host; `http:` is used only if it says so here. A path is not supported by the distribution API. */
  readonly url: URL;
  /** Certificates (PEM) trusted besides the system's. */
  readonly ca?: string;
  /** `host[:port]` of token services besides the registry's own host and the known ones of hosted registries. */
  readonly realmHosts?: readonly string[];
  /** Whether redirects may lead to private addresses; default: whether the registry's own host is one. */
  readonly private?: boolean;
  /** Which proxies requests take; absent: none. */
  readonly proxy?: ProxyRules | undefined;
  readonly limits?: Partial<RegistryLimits>;
  /** What it is; default `oci`. */
  readonly kind?: RegistryKindName;
  /** The API it has besides that of distribution; its address where it is another. */
  readonly api?: { readonly kind: ApiKind; readonly url?: URL };
  /** Most requests in any minute, whoever asks; absent: any number. */
  readonly requestsPerMinute?: number;
  /** Present: it is one of ECR, read as any registry, and written to and asked what lies in it by ECR's own API. */
  readonly ecr?: EcrPlace;
  /** What is kept of images that are locked; absent: those cannot be read. */
  readonly lockedImages?: Pick<LockedImages, 'find'>;
  readonly onRequest?: (info: RequestInfo) => void;
  /** Told what time it is for the registry itself, with each of its answers that says so. */
  readonly onServerTime?: (time: Date) => void;
  /** How names are resolved; default: the system's resolver. */
  readonly resolve?: (hostname: string) => Promise<readonly LookupAddress[]>;
}
