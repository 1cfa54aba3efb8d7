import type { Manifest } from '../domain/manifest.ts';
import { isJsonObject, type Json } from '../kit/json.ts';
import { parseJson } from '../kit/parse-json.ts';

/**
 * Whether everything a manifest lists was read. Descriptors that name nothing we can fetch are left out when it is
 * read, and of an unreadable one nothing is known; a runtime may read both.
 */
export function isReadWhole({ bytes, layers, manifests, unreadable }: Manifest): boolean {
  if (unreadable !== undefined) return false;
  const document = parseJson(bytes, { maxValues: 200_000 });
  if (!isJsonObject(document)) return false;
  return countOf(document['layers']) === layers.length && countOf(document['manifests']) === manifests.length;
}

function countOf(list: Json | undefined): number {
  return Array.isArray(list) ? list.length : 0;
}
