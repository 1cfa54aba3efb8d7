import { parseDigest } from '../domain/digest.ts';
import type { Descriptor } from '../domain/manifest.ts';
import { isJsonObject, type JsonObject } from '../kit/json.ts';

/**
 * Reads one descriptor into a fresh object: only the fields Lazaret uses, `urls` never among them (layers that lie
 * elsewhere are not fetched). What cannot name content, having no digest or no size, is `undefined`.
 * https://github.com/opencontainers/image-spec/blob/v1.1.1/descriptor.md#properties
 */
export function parseDescriptor(value: unknown): Descriptor | undefined {
  if (!isJsonObject(value)) return undefined;
  const { mediaType, size, artifactType } = value;
  const digest = parseDigest(value['digest']);
  if (digest === undefined || !Number.isSafeInteger(size) || typeof size !== 'number' || size < 0) return undefined;
  const annotations = parseAnnotations(value['annotations']);
  const platform = parsePlatform(value['platform']);
  return {
    mediaType: typeof mediaType === 'string' ? mediaType : '',
    digest,
    size,
    ...(typeof artifactType === 'string' && { artifactType }),
    ...(annotations !== undefined && { annotations }),
    ...(platform !== undefined && { platform }),
  };
}

/** Reads a list of descriptors; entries that are none are left out, they could not be fetched. */
export function parseDescriptors(value: unknown): readonly Descriptor[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((entry: unknown) => parseDescriptor(entry) ?? []);
}

/** Reads a map of text to text; other values are left out. */
export function parseAnnotations(value: unknown): Readonly<Record<string, string>> | undefined {
  if (!isJsonObject(value)) return undefined;
  const texts = Object.entries(value).flatMap(([name, text]) => (typeof text === 'string' ? [[name, text]] : []));
  return Object.fromEntries(texts);
}

function parsePlatform(value: unknown): Descriptor['platform'] {
  if (!isJsonObject(value)) return undefined;
  const text = (object: JsonObject, key: string): string => {
    const found = object[key];
    return typeof found === 'string' ? found : '';
  };
  return { os: text(value, 'os'), architecture: text(value, 'architecture') };
}
