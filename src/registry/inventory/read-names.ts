import { FaultError } from '../../kit/errors.ts';
import { finishInTurns } from '../../kit/io/finish-in-turns.ts';
import { isJsonObject } from '../../kit/json.ts';
import { parseJsonInSteps } from '../../kit/parse-json.ts';
import { shortText } from '../../kit/short-text.ts';
import type { Steps } from '../../kit/steps.ts';
import type { InventoryPage } from '../../ports/registry-inventory.ts';
import { nextPage, otherList } from '../http/next-page.ts';
import type { RegistryClient } from '../registry-client.ts';
import { parseErrorCodes, type RegistryReply } from '../registry-fault.ts';
import { advance, type Cursor, formatCursor, parseCursor, startCursor } from './cursor.ts';
import { INVENTORY_LIMITS } from './limits.ts';

/** A list of names of the distribution API. */
export interface NameList {
  readonly client: RegistryClient;
  readonly url: URL;
  /** The repository whose list it is; absent: the registry's catalogue. */
  readonly repository?: string;
  /** The member of its answers that holds the names. */
  readonly member: 'repositories' | 'tags';
  /** Reads after "expected", e.g. `the tags of acme/app`. */
  readonly what: string;
  readonly isName: (text: string) => boolean;
}

export type NamesAnswer =
  | { readonly kind: 'page'; readonly page: InventoryPage<string> }
  /** What the registry answered instead. */
  | { readonly kind: 'refused'; readonly reply: RegistryReply };

/**
 * Reads one page: by `Link` where the registry gives one, else by `n` and `last`.
 * https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-tags
 * @throws {FaultError} `REGISTRY_RESPONSE_INVALID` for what is no list, one that leads elsewhere, in a circle, or never
 *   ends; `REGISTRY_*` as any request.
 */
export async function readNames(list: NameList, from: string | undefined, signal?: AbortSignal): Promise<NamesAnswer> {
  const cursor = (from === undefined ? undefined : parseCursor(from)) ?? startCursor(FIRST);
  const { reply, query } = await ask(list, cursor.query, signal);
  if (reply.status !== 200) return { kind: 'refused', reply };
  const { names, odd, count, last } = await finishInTurns(readPage(reply, list));
  const next = nextQuery({ list, reply, query }, count, last);
  return {
    kind: 'page',
    page: {
      entries: names,
      ...(next !== undefined && { next: formatCursor(follow(list, { ...cursor, query }, next)) }),
      ...(odd.length > 0 && { notTold: [`${list.what}: not looked at, because they are no names: ${odd.join(', ')}`] }),
    },
  };
}

const FIRST = `n=${INVENTORY_LIMITS.pageEntries}`;

interface Asked {
  readonly list: NameList;
  readonly reply: RegistryReply;
  /** The query that was answered. */
  readonly query: string;
}

async function ask(list: NameList, query: string, signal: AbortSignal | undefined): Promise<Asked> {
  const reply = await send(list, query, signal);
  // Operators may allow fewer than we ask for; then the registry knows best how many.
  const isTooMany = reply.status === 400 && parseErrorCodes(reply).includes('PAGINATION_NUMBER_INVALID');
  if (!isTooMany) return { list, reply, query };
  const fewer = new URLSearchParams(query);
  fewer.delete('n');
  return { list, reply: await send(list, fewer.toString(), signal), query: fewer.toString() };
}

function send(
  { client, url, repository }: NameList,
  query: string,
  signal: AbortSignal | undefined,
): Promise<RegistryReply> {
  const page = new URL(url);
  page.search = query;
  const maxBytes = INVENTORY_LIMITS.pageBytes;
  const whose = repository === undefined ? ({ isCatalog: true, actions: [] } as const) : PULL(repository);
  return client.send({ method: 'GET', url: page, ...whose, isBackground: true, maxBytes }, signal);
}

const PULL = (repository: string) => ({ repository, actions: ['pull'] }) as const;

interface Names {
  /** Each once, in the registry's order. */
  readonly names: readonly string[];
  /** Some of those that are none, shortened. */
  readonly odd: readonly string[];
  readonly count: number;
  readonly last: string | undefined;
}

/** Names checked before others get their turn. */
const STEP = 20_000;
const ODD_SHOWN = 5;

function* readPage(reply: RegistryReply, list: NameList): Steps<Names> {
  const written = yield* parseList(reply, list);
  const names = new Set<string>();
  const odd: string[] = [];
  for (const [index, entry] of written.entries()) {
    if (index % STEP === STEP - 1) yield;
    if (typeof entry === 'string' && list.isName(entry)) names.add(entry);
    else if (odd.length < ODD_SHOWN) odd.push(typeof entry === 'string' ? shortText(entry) : `a ${typeof entry}`);
  }
  const last = written.at(-1);
  return { names: [...names], odd, count: written.length, last: typeof last === 'string' ? last : undefined };
}

function* parseList(reply: RegistryReply, { client, member, what }: NameList): Steps<readonly unknown[]> {
  let body: unknown;
  try {
    body = yield* parseJsonInSteps(reply.body, { maxValues: INVENTORY_LIMITS.pageValues, maxNames: 100 });
  } catch (cause) {
    throw invalid(client.host, what, 'something that is not JSON, or too much of it', cause);
  }
  const written = isJsonObject(body) ? body[member] : undefined;
  // `null` is what some registries write for an empty list.
  if (written === null) return [];
  if (!Array.isArray(written)) throw invalid(client.host, what, `an answer without a list \`${member}\``);
  return written;
}

/** The query of the page after this one; `undefined`: this was the last. @throws {FaultError} it lies elsewhere */
function nextQuery({ list, reply, query }: Asked, count: number, last: string | undefined): string | undefined {
  const next = nextPage(reply, list.url, list.url);
  if (typeof next === 'string') throw otherList(list.client.host, list.what, next);
  if (next !== undefined) return next.search.slice(1);
  // Without a link a page that is full may be followed by another, and one that is fuller is all there is.
  if (last === undefined || count !== INVENTORY_LIMITS.pageEntries || !query.includes(FIRST)) return undefined;
  const after = new URLSearchParams({ n: String(INVENTORY_LIMITS.pageEntries), last }).toString();
  // It takes no notice of `last`: whether that was all, only the whole list at once can tell.
  return after === query ? '' : after;
}

function follow({ client, what }: NameList, cursor: Cursor, next: string): Cursor {
  if (next.length > INVENTORY_LIMITS.queryCharacters) throw invalid(client.host, what, 'a link that is too long');
  if (cursor.page >= INVENTORY_LIMITS.pages) {
    throw invalid(client.host, what, `more than ${INVENTORY_LIMITS.pages} pages`);
  }
  const advanced = advance(cursor, next);
  if (advanced === undefined) throw invalid(client.host, what, 'a list that leads in a circle');
  return advanced;
}

function invalid(host: string, what: string, found: string, cause?: unknown): FaultError {
  return new FaultError('REGISTRY_RESPONSE_INVALID', `${host}: expected ${what}, got ${found}`, {
    retryable: false,
    ...(cause !== undefined && { cause }),
  });
}
