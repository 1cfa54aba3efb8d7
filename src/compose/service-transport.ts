import type { ProxyRules } from '../domain/proxy-rules.ts';
import { createAddressRules } from '../registry/http/address-rules.ts';
import { createHttpTransport, type HttpTransport } from '../registry/http/http-transport.ts';
import { REGISTRY_LIMITS } from '../registry/limits.ts';

/** Another service than a registry, that is asked now and then. */
export interface ServiceOptions {
  /** What was configured: it is reached wherever it is, others at private addresses only if it is at one too. */
  readonly base: URL;
  /** PEM. */
  readonly ca?: string | undefined;
  readonly proxy: ProxyRules | undefined;
  /** Headers, connections and pauses in a body. */
  readonly timeoutMs: number;
}

/** Creates the HTTP client for it: that of registries, with the same proxy, guards and bounds. */
export function createServiceTransport({ base, ca, proxy, timeoutMs }: ServiceOptions): HttpTransport {
  return createHttpTransport({
    registryId: base.host,
    limits: { ...REGISTRY_LIMITS, headersMs: timeoutMs, bodyIdleMs: timeoutMs, concurrency: 1 },
    addresses: createAddressRules(base, { proxy }),
    proxy,
    ...(ca !== undefined && { ca }),
  });
}
