import { type Descriptor, OCI_INDEX } from '../domain/manifest.ts';
import { FaultError, InvalidInputError } from '../kit/errors.ts';
import { finishInTurns } from '../kit/io/finish-in-turns.ts';
import { isJsonObject } from '../kit/json.ts';
import { parseJsonInSteps } from '../kit/parse-json.ts';
import type { Steps } from '../kit/steps.ts';
import type { ReferrersAnswer, RegistryReader } from '../ports/registry-reader.ts';
import type { CapabilityMemory } from './capability-memory.ts';
import type { HttpReply } from './http/http-transport.ts';
import { nextPage, otherList } from './http/next-page.ts';
import { repositoryUrl } from './http/registry-url.ts';
import { MANIFEST_BOUNDS } from './limits.ts';
import { parseDescriptors } from './parse-descriptor.ts';
import { createReferrersSupport } from './referrers-support.ts';
import type { RegistryClient } from './registry-client.ts';
import { replyFault } from './registry-fault.ts';

/** What clients give a referrer that holds a bundle: a hint which of too many to ask for. */
const BUNDLE = 'application/vnd.dev.sigstore.bundle.v0.3+json';

/**
 * Creates the listing of referrers, which remembers where a registry has no such API.
 * https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-referrers
 */
export function createReferrersLister(
  client: RegistryClient,
  memory: Pick<CapabilityMemory, 'learn'>,
): RegistryReader['listReferrers'] {
  const support = createReferrersSupport();
  const learn = (found: 'yes' | 'no', repository: string): void =>
    memory.learn({ capability: 'referrers', support: found, by: 'reading', repository });
  return async (repository, digest, signal) => {
    if (support.isKnownMissing(repository)) return { kind: 'unsupported' };
    const first = repositoryUrl(client.base, repository, `referrers/${digest}`);
    const reply = await readPage(client, repository, first, signal);
    if (reply !== undefined && support.isUnsupported(reply)) {
      if (support.remember(repository, reply)) learn('no', repository);
      return { kind: 'unsupported' };
    }
    const what = `the referrers of ${repository}@${digest}`;
    const listing = { client, repository, first, reply, what, ...(signal && { signal }) };
    const answer = await collectPages(listing);
    learn('yes', repository);
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
  const reply = await readPage(client, repository, first, signal);
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
  const descriptors: Descriptor[] = [];
  try {
    const cutShort = await walkPages(listing, descriptors);
    return { kind: 'listed', descriptors, ...(cutShort !== undefined && { cutShort }) };
  } catch (fault) {
    // What the pages before hold may be enough.
    if (!(fault instanceof FaultError) || descriptors.length === 0 || listing.signal?.aborted === true) throw fault;
    return { kind: 'listed', descriptors, fault };
  }
}

/** Reads page after page; the result is the limit that ended it, if one did. @throws {FaultError} could not tell. */
async function walkPages(listing: Listing, descriptors: Descriptor[]): Promise<string | undefined> {
  const { client, repository, first, what, signal } = listing;
  const { referrerPages, referrerDescriptors, referrerListBytes } = client.limits;
  const seen = new Set<string>();
  let bytes = 0;
  let url = first;
  let { reply } = listing;
  for (let page = 1; ; page++) {
    const read = reply === undefined ? undefined : await finishInTurns(parsePage(reply, listing));
    if (reply === undefined || read === undefined) return 'a page of the list of referrers is over the limits';
    descriptors.push(...read);
    bytes += reply.body.length;
    if (descriptors.length > referrerDescriptors)
      return `more than ${referrerDescriptors} artifacts refer to the image`;
    const next = nextPage(reply, url, first);
    if (next === undefined) return undefined;
    if (bytes >= referrerListBytes) return `the list of referrers takes more than ${referrerListBytes} bytes`;
    if (typeof next === 'string') throw otherList(client.host, what, next);
    seen.add(url.href);
    if (seen.has(next.href)) return 'the list of referrers leads in a circle';
    if (page >= referrerPages) return `the list of referrers has more than ${referrerPages} pages`;
    url = next;
    reply = await readPage(client, repository, url, signal);
  }
}

/**
 * One page, or `undefined` for one that is over the limit of bytes. Anyone who may push can make the list long: that
 * cuts the look short, and is no fault of the registry.
 */
async function readPage(
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
function* parsePage(reply: HttpReply, listing: Listing): Steps<readonly Descriptor[] | undefined> {
  const { what, isFilterAsked = false } = listing;
  const { host } = listing.client;
  if (reply.status !== 200) throw replyFault(reply, host, what);
  if (isFiltered(reply) && !isFilterAsked) throw invalid(host, what, 'a list it filtered unasked');
  let index: unknown;
  try {
    index = yield* parseJsonInSteps(reply.body, MANIFEST_BOUNDS);
  } catch (cause) {
    if (cause instanceof InvalidInputError && cause.code === 'JSON_TOO_DEEP') return undefined;
    throw invalid(host, what, 'something that is not JSON', cause);
  }
  // `null` is what some servers write for an empty list.
  if (!isJsonObject(index) || !(Array.isArray(index['manifests']) || index['manifests'] === null)) {
    throw invalid(host, what, 'something that is not an index');
  }
  return yield* parseDescriptors(index['manifests']);
}

function isFiltered(reply: HttpReply): boolean {
  return (reply.header('oci-filters-applied') ?? '').trim() !== '';
}

function invalid(host: string, what: string, found: string, cause?: unknown): FaultError {
  return new FaultError('REGISTRY_RESPONSE_INVALID', `${host}: expected ${what}, got ${found}`, {
    retryable: false,
    ...(cause !== undefined && { cause }),
  });
}
