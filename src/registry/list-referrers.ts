import { FaultError, InvalidInputError } from '../domain/errors.ts';
import { isJsonObject } from '../domain/json.ts';
import { type Descriptor, OCI_INDEX } from '../domain/manifest.ts';
import { parseJson } from '../domain/parse-json.ts';
import type { ReferrersAnswer, RegistryReader } from '../ports/registry-reader.ts';
import type { HttpReply } from './http-transport.ts';
import { MANIFEST_VALUES } from './limits.ts';
import { parseNextLink } from './link-header.ts';
import { parseDescriptors } from './parse-descriptor.ts';
import { createReferrersSupport } from './referrers-support.ts';
import type { RegistryClient } from './registry-client.ts';
import { replyFault } from './registry-fault.ts';
import { repositoryUrl } from './registry-url.ts';

/** What clients give a referrer that holds a bundle: a hint which of too many to ask for. */
const BUNDLE = 'application/vnd.dev.sigstore.bundle.v0.3+json';

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
    if (reply !== undefined && support.isUnsupported(reply)) {
      support.remember(repository, reply);
      return { kind: 'unsupported' };
    }
    const what = `the referrers of ${repository}@${digest}`;
    const listing = { client, repository, first, reply, what, ...(signal && { signal }) };
    const answer = await collectPages(listing);
    if (answer.cutShort === undefined) return answer;
    return { ...answer, descriptors: [...(await listBundles(listing)), ...answer.descriptors] };
  };
}

/**
 * Of a list that is too long, those that say they hold a bundle, where the registry can tell: whoever may push can put
 * thousands of others before them. What they are shows only when they are verified, and the list stays cut short.
 */
async function listBundles(listing: Listing): Promise<readonly Descriptor[]> {
  const { client, repository, signal } = listing;
  const first = new URL(listing.first);
  first.searchParams.set('artifactType', BUNDLE);
  const reply = await fetchPage(client, repository, first, signal);
  if (reply?.status !== 200 || !isFiltered(reply)) return [];
  return (await collectPages({ ...listing, first, reply, isFilterAsked: true })).descriptors;
}

interface Listing {
  readonly client: RegistryClient;
  readonly repository: string;
  readonly first: URL;
  /** Answer to the first page. */
  readonly reply: HttpReply | undefined;
  readonly what: string;
  readonly isFilterAsked?: true;
  readonly signal?: AbortSignal;
}

async function collectPages(listing: Listing): Promise<Extract<ReferrersAnswer, { kind: 'listed' }>> {
  const { client, repository, first, signal } = listing;
  const { referrerPages, referrerDescriptors } = client.limits;
  const descriptors: Descriptor[] = [];
  const cut = (cutShort: string) => ({ kind: 'listed', descriptors, cutShort }) as const;
  const seen = new Set<string>();
  let url = first;
  let { reply } = listing;
  for (let page = 1; ; page++) {
    const read = reply === undefined ? undefined : readPage(reply, listing);
    if (reply === undefined || read === undefined) return cut('a page of the list of referrers is over the limits');
    descriptors.push(...read);
    if (descriptors.length > referrerDescriptors) {
      return cut(`more than ${referrerDescriptors} artifacts refer to the image`);
    }
    const next = nextPage(reply, url, first, client.host);
    if (next === undefined) return { kind: 'listed', descriptors };
    seen.add(url.href);
    if (seen.has(next.href)) return cut('the list of referrers leads in a circle');
    if (page >= referrerPages) return cut(`the list of referrers has more than ${referrerPages} pages`);
    url = next;
    reply = await fetchPage(client, repository, url, signal);
  }
}

/**
 * One page, or `undefined` for one that is over the limit of bytes. Anyone who may push can make the list long: that
 * cuts the look short, and is no fault of the registry.
 */
async function fetchPage(
  client: RegistryClient,
  repository: string,
  url: URL,
  signal: AbortSignal | undefined,
): Promise<HttpReply | undefined> {
  const headers = { accept: OCI_INDEX };
  const maxBytes = client.limits.referrersPageBytes;
  try {
    return await client.send({ method: 'GET', url, repository, actions: ['pull'], headers, maxBytes }, signal);
  } catch (error) {
    if (error instanceof FaultError && error.code === 'REGISTRY_RESPONSE_TOO_LARGE') return undefined;
    throw error;
  }
}

/** The descriptors of a page, or `undefined` for one that nests too deep or holds too many values. */
function readPage(reply: HttpReply, listing: Listing): readonly Descriptor[] | undefined {
  const { what, isFilterAsked = false } = listing;
  const { host } = listing.client;
  if (reply.status !== 200) throw replyFault(reply, host, what);
  if (isFiltered(reply) && !isFilterAsked) throw invalid(host, what, 'a list it filtered unasked');
  let index: unknown;
  try {
    index = parseJson(reply.body, { maxValues: MANIFEST_VALUES });
  } catch (cause) {
    if (cause instanceof InvalidInputError && cause.code === 'JSON_TOO_DEEP') return undefined;
    throw invalid(host, what, 'something that is not JSON', cause);
  }
  // `null` is what some servers write for an empty list.
  if (!isJsonObject(index) || !(Array.isArray(index['manifests']) || index['manifests'] === null)) {
    throw invalid(host, what, 'something that is not an index');
  }
  return parseDescriptors(index['manifests']);
}

function isFiltered(reply: HttpReply): boolean {
  return (reply.header('oci-filters-applied') ?? '').trim() !== '';
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
