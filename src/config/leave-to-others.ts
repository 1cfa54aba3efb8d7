import type { Role } from '../domain/role.ts';
import { isJsonObject, type Json, type JsonObject } from '../kit/json.ts';
import type { YamlDocument } from '../kit/strict-yaml.ts';
import { listOf, sectionOf } from './written-section.ts';

/**
 * The document without what only processes of other roles need, so that no secret of theirs is read: who acts has what
 * registries are written and people are told with, who hears of pushes what senders prove themselves by, who verifies or
 * acts the credentials of registries, who answers questions the token of the API. Faults keep their places.
 */
export function leaveToOthers(document: YamlDocument, roles: readonly Role[]): YamlDocument {
  if (!isJsonObject(document.value)) return document;
  const has = (...any: readonly Role[]): boolean => any.some((role) => roles.includes(role));
  const sources = listOf(document, 'sources');
  const kept = [...sources.keys()].filter((index) => has('ingest') || isSweep(sources[index]));
  const original = (path: readonly PropertyKey[]): readonly PropertyKey[] => {
    const [section, index, ...rest] = path;
    return section === 'sources' && typeof index === 'number' ? [section, kept[index] ?? index, ...rest] : path;
  };
  const value = {
    ...(has('act') ? document.value : without(document.value, ['notify'])),
    ...edited(document, 'registries', (registries) => registries.map((each) => leaveCredentials(each, has))),
    ...edited(document, 'sources', (all) => kept.flatMap((index) => all[index] ?? [])),
    ...leaveHttp(document, has),
  };
  return {
    ...document,
    value,
    locate: (path) => document.locate(original(path)),
    locateKey: (path, key) => document.locateKey(original(path), key),
  };
}

type Has = (...any: readonly Role[]) => boolean;

function edited(document: YamlDocument, name: string, edit: (list: readonly Json[]) => readonly Json[]): JsonObject {
  const section = sectionOf(document, name);
  return Array.isArray(section) ? { [name]: [...edit(section)] } : {};
}

function leaveCredentials(registry: Json, has: Has): Json {
  if (!isJsonObject(registry)) return registry;
  const read = registry['credentials'];
  // Of other kinds (a role of AWS, a file of Docker's) nothing is read before they are used.
  const isPassword = isJsonObject(read) && Object.hasOwn(read, 'username');
  const left = [
    ...(has('act') ? [] : ['writeCredentials']),
    ...(isPassword && !has('verify', 'act') ? ['credentials'] : []),
  ];
  return without(registry, left);
}

/** The port by TLS takes deliveries alone. */
function leaveHttp(document: YamlDocument, has: Has): JsonObject {
  const http = sectionOf(document, 'http');
  if (!isJsonObject(http)) return {};
  const left = [...(has('ingest') ? [] : ['tls']), ...(has('api') ? [] : ['tokenFile', 'tokenEnv'])];
  return { http: without(http, left) };
}

function without(members: JsonObject, names: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(members).filter(([name]) => !names.includes(name)));
}

function isSweep(source: Json | undefined): boolean {
  return isJsonObject(source) && source['kind'] === 'poll';
}
