import { mayOmitIssuer } from '../domain/built-in-trust.ts';
import { imageHost } from '../domain/registry-name.ts';
import type { PolicyOptions } from '../policy/read/parse-policy-documents.ts';
import type { Config } from './config.ts';

/** What other policies than the configured ones may refer to, if they are read with this configuration. */
export function policyOptions({ trust, policies, kmsKeys, registries }: Config): PolicyOptions {
  return {
    trustNames: trust.map(({ name }) => name),
    withoutIssuer: trust.filter(mayOmitIssuer).map(({ name }) => name),
    noMatch: policies.noMatch,
    kmsKeys: new Map(kmsKeys.map(({ reference, publicKey }) => [reference, publicKey])),
    registryHosts: [...new Set(registries.map(({ url }) => imageHost(url.host)))],
  };
}
