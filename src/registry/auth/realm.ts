import { FaultError } from '../../kit/errors.ts';

/**
 * Token services of hosted registries that are not on the registry's own host, as their documentation or first 401
 * names them. Everything else must be configured: a registry may otherwise send our credentials anywhere.
 */
const KNOWN_REALM_HOSTS: Readonly<Record<string, readonly string[]>> = {
  'registry-1.docker.io': ['auth.docker.io'],
  'dhi.io': ['auth.docker.io'],
  'registry.gitlab.com': ['gitlab.com'],
  'registry.redhat.io': ['registry.redhat.io', 'sso.redhat.com'],
  'nvcr.io': ['nvcr.io', 'authn.nvidia.com'],
};

export interface RealmRules {
  /** The registry as it is dialled. */
  readonly base: URL;
  /** `host[:port]` entries of the configuration. */
  readonly realmHosts: readonly string[];
}

/**
 * The URL of the token service a challenge names, if it may see credentials: exactly a known `host:port`, by https
 * unless the registry itself is configured with http. A relative realm is resolved against the request.
 * @throws {FaultError} `REGISTRY_REALM_REFUSED`
 */
export function resolveRealm(realm: string, request: URL, rules: RealmRules): URL {
  const url = URL.parse(realm, request.href);
  if (url === null) throw refusal('expected a URL as realm of the token service, got something else', rules);
  const secure = url.protocol === 'https:' || (url.protocol === 'http:' && rules.base.protocol === 'http:');
  if (!secure || url.username !== '' || url.password !== '') {
    throw refusal(`expected the token service at an https URL without a user, got ${url.protocol}//${url.host}`, rules);
  }
  const allowed = [rules.base.host, ...(KNOWN_REALM_HOSTS[rules.base.host] ?? []), ...rules.realmHosts];
  if (allowed.some((host) => hostWithPort(host, url.protocol) === hostWithPort(url.host, url.protocol))) return url;
  throw refusal(`the registry names a token service on ${url.host}, which is not one of ${allowed.join(', ')}`, rules);
}

/** Writes the port out, so that `example.com` and `example.com:443` are the same and no suffix can match. */
function hostWithPort(host: string, protocol: string): string {
  const lower = host.toLowerCase();
  return /:\d+$/.test(lower) ? lower : `${lower}:${protocol === 'https:' ? 443 : 80}`;
}

function refusal(message: string, rules: RealmRules): FaultError {
  return new FaultError('REGISTRY_REALM_REFUSED', `${rules.base.host}: ${message}`, {
    retryable: false,
    hint: 'No credentials were sent. If the token service is right, add its host to `realmHosts` of this registry.',
  });
}
