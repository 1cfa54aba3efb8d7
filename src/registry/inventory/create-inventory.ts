// The room `registry/inventory`: what lies in a registry, as its catalogue or an API of its own tells it.

import type { ApiKind } from '../../domain/api-kind.ts';
import type { RegistryInventory } from '../../ports/registry-inventory.ts';
import { basicHeader, type Credential } from '../auth/credential.ts';
import type { CredentialSource } from '../auth/credential-source.ts';
import type { TagRules } from '../probe-capabilities.ts';
import type { RegistryClient } from '../registry-client.ts';
import { createApiClient } from './api-client.ts';
import { createCatalogInventory } from './catalog-inventory.ts';
import { readConfiguredNames } from './configured-names.ts';
import { createGitlabInventory } from './gitlab-inventory.ts';
import { createHarborInventory } from './harbor-inventory.ts';
import { readHarborTagRules } from './harbor-tag-rules.ts';
import { createQuayInventory } from './quay-inventory.ts';

export interface InventoryOptions {
  /** Absent: the registry has no API of its own. */
  readonly api?: {
    readonly kind: ApiKind;
    /** Speaks to the API's origin and shows nothing by itself. */
    readonly client: RegistryClient;
    readonly credentials: CredentialSource;
  };
  readonly client: RegistryClient;
  /** As configured: globs and full names. */
  readonly repositories: readonly string[];
}

/** Creates what tells what lies in a registry, in the way its kind of registry has. */
export function createInventory({ api, client, repositories }: InventoryOptions): RegistryInventory {
  const configured = readConfiguredNames(repositories);
  if (api === undefined) return createCatalogInventory(client, configured);
  const apiClient = createApiClient({ ...api, authorize: AUTHORIZE[api.kind] });
  switch (api.kind) {
    case 'harbor':
      return createHarborInventory(apiClient, client);
    case 'gitlab':
      return createGitlabInventory(apiClient, client, configured);
    case 'quay':
      return createQuayInventory(apiClient, client, configured);
  }
}

/** How the rules about tags are read where an API of the registry's own tells them; `undefined`: none does. */
export function tagRulesReader(
  api: NonNullable<InventoryOptions['api']>,
): ((repository: string | undefined, signal?: AbortSignal) => Promise<TagRules | null>) | undefined {
  if (api.kind !== 'harbor') return undefined;
  const apiClient = createApiClient({ ...api, authorize: AUTHORIZE[api.kind] });
  return (repository, signal) => readHarborTagRules(apiClient, repository, signal);
}

/** How each takes the credentials that open the registry itself. */
const AUTHORIZE: Readonly<Record<ApiKind, (credential: Credential) => string | undefined>> = {
  // A robot, or a user with the CLI secret.
  harbor: (credential) => (credential.kind === 'basic' ? basicHeader(credential) : undefined),
  // The password is a token of GitLab.
  gitlab: (credential) => (credential.kind === 'basic' ? `Bearer ${credential.password}` : undefined),
  // An OAuth token opens the registry under this name; robots do not open the API.
  quay: (credential) =>
    credential.kind === 'basic' && credential.username === '$oauthtoken' ? `Bearer ${credential.password}` : undefined,
};
