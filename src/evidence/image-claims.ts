import { isJsonObject, type Json, type JsonObject } from '../kit/json.ts';
import { parseSmallJson } from './parse-small-json.ts';
import { startsLikeObject } from './unpackable.ts';

/** What makes a configuration an image's. */
export interface ImageClaims {
  /** It names a command to start. */
  readonly hasCommand: boolean;
  /** What its layers unpack to. */
  readonly diffIds: readonly string[];
}

/**
 * Reads what a configuration says as an image's would. `null`: it is JSON that can be read in more than one way, or not
 * at all by us, so a runtime may find in it what it likes. Anything else than JSON claims nothing, as runtimes read
 * only JSON. Names are compared as Go's decoder does, which every runtime uses: without regard to case
 * (https://pkg.go.dev/encoding/json#Unmarshal).
 */
export function parseImageClaims(bytes: Uint8Array): ImageClaims | null {
  if (!startsLikeObject(bytes)) return { hasCommand: false, diffIds: [] };
  const config = parseSmallJson(bytes);
  if (!isJsonObject(config)) return null;
  const [settings, rootfs] = [valuesOf(config, 'config'), valuesOf(config, 'rootfs')];
  if (settings.length > 1 || rootfs.length > 1) return null;
  const hasCommand = settings.some((value) => isJsonObject(value) && startsSomething(value));
  const lists = rootfs.flatMap((value) => (isJsonObject(value) ? valuesOf(value, 'diff_ids') : []));
  const diffIds = lists.flatMap((list) => (Array.isArray(list) ? list : []));
  return { hasCommand, diffIds: diffIds.map(String) };
}

function startsSomething(settings: JsonObject): boolean {
  return ['cmd', 'entrypoint'].some((name) => valuesOf(settings, name).some(isSet));
}

function isSet(value: Json): boolean {
  return value !== null && (!Array.isArray(value) || value.length > 0);
}

function valuesOf(object: JsonObject, name: string): readonly Json[] {
  return Object.entries(object).flatMap(([key, value]) => (fold(key) === name ? [value] : []));
}

// Upper case first: it folds the two letters outside ASCII that are equal to ones in it, the long s and the Kelvin sign.
function fold(key: string): string {
  return key.toUpperCase().toLowerCase();
}
