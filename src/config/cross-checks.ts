import { normalHost } from '../domain/host-name.ts';
import { registryName } from '../domain/registry-name.ts';
import type { InputIssue } from '../kit/errors.ts';
import { globsOverlap } from '../kit/glob-overlap.ts';
import { isJsonObject, type Json } from '../kit/json.ts';
import { nearestWord } from '../kit/nearest-word.ts';
import type { YamlDocument } from '../kit/strict-yaml.ts';
import { findMissingMaps } from './find-missing-maps.ts';
import { findUnmarkable } from './find-unmarkable.ts';
import { type Entry, entriesOf, sectionOf, servedBy } from './written-section.ts';

/**
 * What is wrong between parts of the configuration: a source of an unknown registry, an id given twice. Works on the document as written, so that other faults do not hide these.
 */
export function crossCheck(document: YamlDocument): readonly InputIssue[] {
  return [
    ...['registries', 'sources', 'notify'].flatMap((list) => findRepeats(document, list, 'id')),
    ...findRepeats(document, 'trust', 'name'),
    ...findRepeats(document, 'kmsKeys', 'reference'),
    ...findSharedRepositories(document),
    ...findUnknownRegistries(document),
    ...findIndistinctRegistries(document),
    ...findCertificatesOfNobody(document),
    ...findMissingMaps(document),
    ...findUnmarkable(document),
  ];
}

function findRepeats(document: YamlDocument, list: string, key: string): readonly InputIssue[] {
  const entries = entriesOf(document, list);
  return entries.flatMap(({ index, value }) => {
    const id = value[key];
    const first = entries.find((entry) => entry.value[key] === id);
    if (typeof id !== 'string' || first === undefined || first.index === index) return [];
    const message = `"${id}" is the ${key} of ${list}[${first.index}] too`;
    return [{ where: document.locate([list, index, key]), message, hint: 'Give each its own.' }];
  });
}

// An image is assigned to its registry by host and repository, so a repository may belong to one entry only.
function findSharedRepositories(document: YamlDocument): readonly InputIssue[] {
  const entries = entriesOf(document, 'registries');
  return entries.flatMap((entry) => {
    const first = entries.find((other) => other.index < entry.index && shareRepositories(other, entry));
    if (first === undefined) return [];
    const message = `registries[${first.index}] has the same host and some of the same repositories`;
    const hint = 'Keep one entry for each host, or divide the repositories between the entries.';
    return [{ where: document.locate(['registries', entry.index, 'url']), message, hint }];
  });
}

function shareRepositories(a: Entry, b: Entry): boolean {
  const [host, other] = [a, b].map(({ value: { url } }) => (typeof url === 'string' ? hostOf(url) : undefined));
  return host !== undefined && host !== '' && host === other && coverSame(a, b);
}

/** As images name it; `undefined` for what is no URL. */
function hostOf(text: string): string | undefined {
  const url = URL.parse(text);
  return url === null ? undefined : registryName(url);
}

function coverSame(a: Entry, b: Entry): boolean {
  const globsOf = ({ value: { repositories } }: Entry): readonly Json[] =>
    Array.isArray(repositories) ? repositories : ['**'];
  return globsOf(a).some((x) =>
    globsOf(b).some((y) => typeof x === 'string' && typeof y === 'string' && globsOverlap(x, y)),
  );
}

function findUnknownRegistries(document: YamlDocument): readonly InputIssue[] {
  const ids = entriesOf(document, 'registries').flatMap(({ value: { id } }) => (typeof id === 'string' ? [id] : []));
  const known = [...new Set(ids)];
  return entriesOf(document, 'sources').flatMap(({ index, value }) =>
    servedBy(value)
      .filter((id) => !known.includes(id))
      .map((id) => {
        const nearest = nearestWord(id, known);
        const meant = nearest === undefined ? '' : `Did you mean "${nearest}"? `;
        const hint = `${meant}Configured: ${known.join(', ') || 'none'}.`;
        return { where: document.locate(['sources', index, 'registry']), message: `unknown registry "${id}"`, hint };
      }),
  );
}

/** What keeps the registries of one source from being told apart by the host in its events. */
function findIndistinctRegistries(document: YamlDocument): readonly InputIssue[] {
  const registries = entriesOf(document, 'registries');
  return entriesOf(document, 'sources').flatMap(({ index, value }) => {
    const ids = new Set(servedBy(value));
    const served = registries.filter(({ value: { id } }) => typeof id === 'string' && ids.has(id));
    // A sweep asks each registry itself.
    if (ids.size < 2 || value['kind'] === 'poll') return [];
    const where = document.locate(['sources', index, 'registry']);
    const hint = 'Give each registry a source of its own, or its own `eventHosts`.';
    if (value['dialect'] === 'zot') return [{ where, message: 'zot names no host in its events', hint: OWN_SOURCE }];
    const unnamed = served.filter(({ value: { eventHosts } }) => !Array.isArray(eventHosts) || eventHosts.length === 0);
    return [
      ...unnamed.map(({ value: { id } }) => {
        return { where, message: `"${String(id)}" shares this source and has no \`eventHosts\``, hint };
      }),
      ...served.flatMap((entry, at) => {
        const first = served.slice(0, at).find((other) => isMistakenFor(other, entry));
        if (first === undefined) return [];
        const message = `"${String(first.value['id'])}" and "${String(entry.value['id'])}" share this source and a name`;
        return [{ where, message, hint }];
      }),
    ];
  });
}

/** Receivers that ask for certificates where no authority is named, so that nobody could be known. */
function findCertificatesOfNobody(document: YamlDocument): readonly InputIssue[] {
  const http = sectionOf(document, 'http');
  const tls = isJsonObject(http) ? http['tls'] : undefined;
  if (isJsonObject(tls) && Object.hasOwn(tls, 'clientCaFile')) return [];
  return entriesOf(document, 'sources').flatMap(({ index, value }) => {
    if (!Object.hasOwn(value, 'clientCertificate')) return [];
    const where = document.locate(['sources', index, 'clientCertificate']);
    const hint = 'Name `certFile`, `keyFile` and `clientCaFile` under `http: { tls: … }`.';
    return [{ where, message: 'no authority of client certificates is configured', hint }];
  });
}

const OWN_SOURCE = 'Give each registry a source of its own.';

function isMistakenFor(a: Entry, b: Entry): boolean {
  const names = eventNamesOf(a);
  return eventNamesOf(b).some((name) => names.includes(name)) && coverSame(a, b);
}

function eventNamesOf({ value: { url, eventHosts } }: Entry): readonly string[] {
  const host = typeof url === 'string' ? URL.parse(url)?.host : undefined;
  const others: readonly Json[] = Array.isArray(eventHosts) ? eventHosts : [];
  return [host, ...others].filter((name) => typeof name === 'string').map(normalHost);
}
