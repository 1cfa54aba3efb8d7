import type { DialectName } from './dialect-names.ts';

/** What can be done in a registry, in the order it is shown. */
export const CAPABILITIES = ['tag', 'untag', 'immutable', 'referrers', 'catalogue', 'lock', 'label'] as const;

/**
 * `tag`: a tag can be added to an image. `untag`: a tag can be taken off alone. `immutable`: tags may be kept from being
 * moved, by whoever runs it. `referrers`: it lists the evidence of an image. `catalogue`: it tells what lies in it.
 * `lock`: the pull of one image can be blocked. `label`: an image can be marked without a tag.
 */
export type Capability = (typeof CAPABILITIES)[number];

/** `asked`: it depends on version, setting or right, and is found out. */
export type Support = 'yes' | 'no' | 'asked';

/** What is known of a kind of registry before it was ever asked. */
export interface RegistryKind {
  /** As its makers call it. */
  readonly title: string;
  /** The formats of its events; none where it announces nothing. */
  readonly dialects: readonly DialectName[];
  readonly capabilities: Readonly<Record<Capability, Support>>;
}

/** The kinds that `registries[].kind` may name. `oci` is any registry that none of the others stands for. */
export const REGISTRY_KIND_NAMES = [
  'oci',
  'distribution',
  'zot',
  'harbor',
  'gitlab',
  'quay',
  'dockerhub',
  'ghcr',
  'ecr',
  'gar',
  'acr',
  'artifactory',
  'nexus',
  'gitea',
  'chainguard',
  'pulp',
] as const;

export type RegistryKindName = (typeof REGISTRY_KIND_NAMES)[number];

/** Said by the vendors' documentation or source; `docs/registries/` says for each where. */
export const REGISTRY_KINDS: Readonly<Record<RegistryKindName, RegistryKind>> = {
  oci: kind('Any OCI registry', ['generic', 'lazaret'], {}),
  distribution: kind('CNCF Distribution', ['distribution'], { immutable: 'no', referrers: 'no', catalogue: 'yes' }),
  zot: kind('zot', ['zot'], { untag: 'yes', referrers: 'yes', catalogue: 'yes' }),
  harbor: kind('Harbor', ['harbor'], { untag: 'yes', referrers: 'yes', catalogue: 'yes', label: 'yes' }),
  gitlab: kind('GitLab Container Registry', ['distribution'], { untag: 'yes', catalogue: 'yes' }),
  quay: kind('Quay', ['quay'], { untag: 'yes', catalogue: 'yes' }),
  dockerhub: kind('Docker Hub', ['dockerhub'], { untag: 'no', catalogue: 'no' }),
  ghcr: kind('GitHub Container Registry', ['github'], {
    untag: 'no',
    immutable: 'no',
    referrers: 'no',
    catalogue: 'no',
  }),
  ecr: kind('Amazon ECR', ['ecr'], { untag: 'yes', referrers: 'yes', catalogue: 'yes', lock: 'yes' }),
  gar: kind('Google Artifact Registry', ['gar'], {}),
  acr: kind('Azure Container Registry', ['acr', 'eventgrid'], { referrers: 'yes', catalogue: 'yes', lock: 'yes' }),
  artifactory: kind('JFrog Artifactory', ['artifactory'], {}),
  nexus: kind('Sonatype Nexus Repository', ['nexus'], { catalogue: 'yes' }),
  gitea: kind('Gitea and Forgejo', ['gitea'], { immutable: 'no' }),
  chainguard: kind('Chainguard', ['chainguard'], {}),
  pulp: kind('Pulp', [], { immutable: 'no' }),
};

/** Hosted registries that are known by their address, for those who have written no kind. */
const HOSTED: readonly (readonly [RegistryKindName, RegExp])[] = [
  ['dockerhub', /^docker\.io$/],
  ['ghcr', /^ghcr\.io$/],
  ['gar', /-docker\.pkg\.dev$/],
  ['acr', /\.azurecr\.(?:io|cn|us)$/],
  ['chainguard', /^cgr\.dev$/],
];

/** What is known of a registry: of its kind as written, or where none is (`oci`) of the one its host belongs to. */
export function knownKind(written: RegistryKindName, host: string): RegistryKind {
  const hosted = written === 'oci' ? HOSTED.find(([, pattern]) => pattern.test(host))?.[0] : undefined;
  return REGISTRY_KINDS[hosted ?? written];
}

/** What is not said of it is asked, but for marks that only some makers have. */
function kind(
  title: string,
  dialects: readonly DialectName[],
  known: Partial<Record<Capability, Support>>,
): RegistryKind {
  const unsaid = { untag: 'asked', immutable: 'asked', referrers: 'asked', catalogue: 'asked' } as const;
  return { title, dialects, capabilities: { tag: 'yes', ...unsaid, lock: 'no', label: 'no', ...known } };
}
