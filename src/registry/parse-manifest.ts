import type { Digest } from '../domain/digest.ts';
import { type Descriptor, isIndexMediaType, isManifestMediaType, type Manifest } from '../domain/manifest.ts';
import { InvalidInputError } from '../kit/errors.ts';
import { isJsonObject, type JsonObject } from '../kit/json.ts';
import { parseJsonInSteps } from '../kit/parse-json.ts';
import { finish, type Steps } from '../kit/steps.ts';
import { MANIFEST_BOUNDS } from './limits.ts';
import { parseAnnotations, parseDescriptor, parseDescriptors } from './parse-descriptor.ts';

/**
 * Reads the fields Lazaret uses out of manifest bytes whose digest is known to be right. Anyone who may push can store
 * bytes that are no manifest, and the same bytes never become one: that is no fault of the registry, so the result
 * says `unreadable` instead of throwing.
 */
export function parseManifest(bytes: Uint8Array, digest: Digest, contentType: string | undefined): Manifest {
  return finish(parseManifestInSteps(bytes, digest, contentType));
}

/** The same in steps. */
export function* parseManifestInSteps(
  bytes: Uint8Array,
  digest: Digest,
  contentType: string | undefined,
): Steps<Manifest> {
  const served = (contentType ?? '').replace(/;.*$/s, '').trim().toLowerCase();
  const bare = { digest, bytes, layers: [], manifests: [], annotations: {} };
  const document = yield* parseDocument(bytes);
  if ('unreadable' in document) return { ...bare, mediaType: served, ...document };
  return yield* parseObject(document.object, served, bare);
}

function* parseObject(document: JsonObject, served: string, bare: Omit<Manifest, 'mediaType'>): Steps<Manifest> {
  const own = document['mediaType'];
  const mediaType = isManifestMediaType(served) || typeof own !== 'string' ? served : own;
  const unreadable = explainAmbiguity(document, mediaType);
  if (unreadable !== undefined) return { ...bare, mediaType, unreadable };
  return { ...bare, mediaType, ...(yield* parseFields(document, mediaType)) };
}

type Reading = { readonly object: JsonObject } | Required<Pick<Manifest, 'unreadable'>>;

function* parseDocument(bytes: Uint8Array): Steps<Reading> {
  try {
    const document = yield* parseJsonInSteps(bytes, MANIFEST_BOUNDS);
    return isJsonObject(document) ? { object: document } : { unreadable: 'expected a JSON object' };
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    return { unreadable: error.message, ...(error.code === 'JSON_TOO_DEEP' && { isOverLimit: true }) };
  }
}

/**
 * Why two clients could read this document as two different things, or none of ours can read it. An attacker who
 * shows the verifier an index and the runtime an image has won (the ambiguity of CVE-2021-41190).
 */
function explainAmbiguity(document: JsonObject, mediaType: string): string | undefined {
  const own = document['mediaType'];
  if (!isManifestMediaType(mediaType)) return 'expected an OCI or Docker manifest, got another media type';
  if (own !== undefined && own !== mediaType) return 'its media type is not the one the registry serves it with';
  const strange = isIndexMediaType(mediaType) ? ['config', 'layers'] : ['manifests'];
  const found = strange.find((key) => document[key] !== undefined && document[key] !== null);
  return found === undefined ? undefined : `it is both an image and an index: \`${found}\` does not belong there`;
}

function* parseFields(document: JsonObject, mediaType: string): Steps<Partial<Manifest>> {
  const subject = parseDescriptor(document['subject']);
  const artifactType = document['artifactType'];
  const shared = {
    ...(subject !== undefined && { subject }),
    ...(typeof artifactType === 'string' && { artifactType }),
    annotations: parseAnnotations(document['annotations']) ?? {},
  };
  const isIndex = isIndexMediaType(mediaType);
  const listed = document[isIndex ? 'manifests' : 'layers'];
  const descriptors = yield* parseDescriptors(listed);
  const isPartlyRead = Array.isArray(listed) && listed.length > descriptors.length;
  const read = { ...shared, ...(isPartlyRead && { isPartlyRead }) };
  if (isIndex) return { ...read, manifests: descriptors };
  const config: Descriptor | undefined = parseDescriptor(document['config']);
  return { ...read, layers: descriptors, ...(config !== undefined && { config }) };
}
