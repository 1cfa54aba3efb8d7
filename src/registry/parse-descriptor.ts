import { parseDigest } from '../domain/digest.ts';
import type { Descriptor } from '../domain/manifest.ts';
import { isJsonObject, type JsonObject } from '../kit/json.ts';
import type { Steps } from '../kit/steps.ts';

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

/** Descriptors and annotations of a step: a millisecond or two. */
const STEP = 2_000;

/** Reads a list of descriptors; entries that are none are left out, they could not be fetched. */
export function* parseDescriptors(value: unknown): Steps<readonly Descriptor[]> {
  const descriptors: Descriptor[] = [];
  if (!Array.isArray(value)) return descriptors;
  let done = 0;
  for (const entry of value) {
    const descriptor = parseDescriptor(entry);
    if (descriptor !== undefined) descriptors.push(descriptor);
    done += 1 + Object.keys(descriptor?.annotations ?? {}).length;
    if (done < STEP) continue;
    done = 0;
    yield;
  }
  return descriptors;
}

/** Reads a map of text to text; other values are left out. */
export function parseAnnotations(value: unknown): Readonly<Record<string, string>> | undefined {
  if (!isJsonObject(value)) return undefined;
  // Nearly all annotations are text only. Then the map is returned as it is, as copying takes longer than parsing.
  if (isAllText(value)) return value;
  const texts = Object.entries(value).flatMap(([name, text]) => (typeof text === 'string' ? [[name, text]] : []));
  return Object.fromEntries(texts);
}

function isAllText(object: JsonObject): object is Readonly<Record<string, string>> {
  return Object.values(object).every((value) => typeof value === 'string');
}

function parsePlatform(value: unknown): Descriptor['platform'] {
  if (!isJsonObject(value)) return undefined;
  const text = (object: JsonObject, key: string): string => {
    const found = object[key];
    return typeof found === 'string' ? found : '';
  };
  return { os: text(value, 'os'), architecture: text(value, 'architecture') };
}
