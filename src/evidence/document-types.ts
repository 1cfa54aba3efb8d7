import { evidenceKindOf } from './evidence-types.ts';
import { isStatementType } from './manifest-kind.ts';
import { namedByPayload, namedByStatement } from './named-by-payload.ts';
import { isPlainText } from './unpackable.ts';

/**
 * Bills of materials as ko and `cosign attach sbom` push them: images by their configuration, with one layer of text.
 * https://github.com/sigstore/cosign/blob/main/specs/SBOM_SPEC.md
 */
const SBOM_TYPES = [
  'text/spdx',
  'text/spdx+json',
  'text/spdx+xml',
  'application/spdx+json',
  'application/vnd.cyclonedx',
  'application/vnd.cyclonedx+json',
  'application/vnd.cyclonedx+xml',
  'application/vnd.syft+json',
];

/** More than a statement about one image holds; larger ones are read on the main thread for their form alone. */
const PARSED_BYTES = 1024 * 1024;

/** What tools write under an image's configuration although it is none, by the types of all its layers. */
export type DocumentKind = 'cosign' | 'statement' | 'sbom';

/** What layers of these types hold together; `undefined` if one of them is no such document, or they are mixed. */
export function documentKindOf(mediaTypes: readonly string[]): DocumentKind | undefined {
  const kinds = new Set(mediaTypes.map(kindOfLayer));
  const [kind] = kinds;
  return kinds.size === 1 ? kind : undefined;
}

function kindOfLayer(mediaType: string): DocumentKind | undefined {
  const evidence = evidenceKindOf(mediaType);
  if (evidence !== undefined) return evidence === 'bundle' ? undefined : 'cosign';
  if (isStatementType(mediaType)) return 'statement';
  return SBOM_TYPES.includes(mediaType) ? 'sbom' : undefined;
}

/**
 * The digests a layer names, if it reads as the document that its type says and as nothing else; `null` if it does not.
 * Nothing is verified.
 */
export function parseDocument(
  kind: DocumentKind,
  mediaType: string,
  bytes: Uint8Array,
): ReturnType<typeof namedByPayload> {
  const json = kind !== 'sbom' || mediaType.endsWith('+json');
  if (!isPlainText(bytes, { json })) return null;
  if (kind === 'sbom' || bytes.length > PARSED_BYTES) return [];
  return kind === 'cosign' ? namedByPayload(bytes) : namedByStatement(bytes);
}
