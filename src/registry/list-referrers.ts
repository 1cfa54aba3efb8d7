import { FaultError } from '../domain/errors.ts';
import { isJsonObject } from '../domain/json.ts';
import { type Descriptor, OCI_INDEX } from '../domain/manifest.ts';
import { parseJson } from '../domain/parse-json.ts';
import type { ReferrersAnswer, RegistryReader } from '../ports/registry-reader.ts';
import type { HttpReply } from './http-transport.ts';
import { parseNextLink } from './link-header.ts';
import { parseDescriptors } from './parse-descriptor.ts';
import { createReferrersSupport } from './referrers-support.ts';
import type { RegistryClient } from './registry-client.ts';
import { replyFault } from './registry-fault.ts';
import { repositoryUrl } from './registry-url.ts';

/**
 * Creates the listing of referrers, which remembers where a registry has no such API.
 * https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-referrers
 */
export function createReferrersLister(client: RegistryClient): RegistryReader['listReferrers'] {
  const support = createReferrersSupport();
  return async (repository, digest, signal) => {
    if (support.isKnownMissing(repository)) return { kind: 'unsupported' };
    const first = repositoryUrl(client.base, repository, `referrers/${digest}`);
    const reply = await fetchPage(client, repository, first, signal);
    if (support.isUnsupported(reply)) {
      support.remember(repository, reply);
      return { kind: 'unsupported' };
    }
    const what = `the referrers of ${repository}@${digest}`;
    return collectPages({ client, repository, first, reply, what, ...(signal && { signal }) });
  };
}

interface Listing {
  readonly client: RegistryClient;
  readonly repository: string;
  readonly first: URL;
  /** Answer to the first page. */
  readonly reply: HttpReply;
  readonly what: string;
  readonly signal?: AbortSignal;
}

async function collectPages(listing: Listing): Promise<ReferrersAnswer> {
  const { client, repository, first, what, signal } = listing;
  const { referrerPages, referrerDescriptors } = client.limits;
  const descriptors: Descriptor[] = [];
  const seen = new Set<string>();
  let url = first;
  let reply = listing.reply;
  for (let page = 1; ; page++) {
    descriptors.push(...readPage(reply, client.host, what));
    if (descriptors.length > referrerDescriptors) {
      const kept = descriptors.slice(0, referrerDescriptors);
      return { kind: 'listed', descriptors: kept, cutShort: `more than ${referrerDescriptors} referrers` };
    }
    const next = nextPage(reply, url, first, client.host);
    if (next === undefined) return { kind: 'listed', descriptors };
    seen.add(url.href);
    if (seen.has(next.href))
      return { kind: 'listed', descriptors, cutShort: 'pages of referrers that link in a circle' };
    if (page >= referrerPages) {
      return { kind: 'listed', descriptors, cutShort: `more than ${referrerPages} pages of referrers` };
    }
    url = next;
    reply = await fetchPage(client, repository, url, signal);
  }
}

function fetchPage(
  client: RegistryClient,
  repository: string,
  url: URL,
  signal: AbortSignal | undefined,
): Promise<HttpReply> {
  const headers = { accept: OCI_INDEX };
  const maxBytes = client.limits.referrersPageBytes;
  return client.send({ method: 'GET', url, repository, actions: ['pull'], headers, maxBytes }, signal);
}

function readPage(reply: HttpReply, host: string, what: string): readonly Descriptor[] {
  if (reply.status !== 200) throw replyFault(reply, host, what);
  const filters = reply.header('oci-filters-applied');
  if (filters !== undefined && filters.trim() !== '') throw invalid(host, what, 'a list it filtered unasked');
  let index: unknown;
  try {
    index = parseJson(reply.body);
  } catch (cause) {
    throw invalid(host, what, 'something that is not JSON', cause);
  }
  // `null` is what some servers write for an empty list.
  if (!isJsonObject(index) || !(Array.isArray(index['manifests']) || index['manifests'] === null)) {
    throw invalid(host, what, 'something that is not an index');
  }
  return parseDescriptors(index['manifests']);
}

/** Only the same listing on the same origin is followed: our credentials go with it. */
function nextPage(reply: HttpReply, url: URL, first: URL, host: string): URL | undefined {
  const link = parseNextLink(reply.header('link'));
  if (link === undefined) return undefined;
  const next = URL.parse(link, url.href);
  if (next !== null && next.origin === first.origin && next.pathname === first.pathname && next.username === '')
    return next;
  throw invalid(host, 'the next page of referrers', 'a link to another place');
}

function invalid(host: string, what: string, found: string, cause?: unknown): FaultError {
  return new FaultError('REGISTRY_RESPONSE_INVALID', `${host}: expected ${what}, got ${found}`, {
    retryable: false,
    ...(cause !== undefined && { cause }),
  });
}
