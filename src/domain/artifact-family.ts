/**
 * Names of the groups in which artifacts are counted. Types cannot be counted one by one, as whoever pushes can invent
 * any number.
 */
export const ARTIFACT_FAMILIES = ['helm', 'flux', 'wasm', 'model', 'sbom', 'build-attestation', 'other'] as const;

export type ArtifactFamily = (typeof ARTIFACT_FAMILIES)[number];

const BY_TYPE: readonly (readonly [RegExp, ArtifactFamily])[] = [
  [/^application\/vnd\.cncf\.helm\./, 'helm'],
  [/^application\/vnd\.cncf\.flux\./, 'flux'],
  [/wasm/, 'wasm'],
  [/^application\/vnd\.docker\.attestation\./, 'build-attestation'],
  [/^application\/vnd\.(?:docker\.ai|cncf\.model|kitops\.modelkit|ollama)\./, 'model'],
  [/spdx|cyclonedx|\.syft\b/, 'sbom'],
];

/** The family of an artifact by its type. */
export function artifactFamily(type: string): ArtifactFamily {
  const lower = type.toLowerCase();
  return BY_TYPE.find(([pattern]) => pattern.test(lower))?.[1] ?? 'other';
}
