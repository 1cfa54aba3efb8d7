/**
 * What container runtimes take for an image, read in the newest sources at hand (November 2026, commits as named). It is
 * what the decision in `decide-kind.ts` rests on.
 *
 * | runtime | manifest | config type | config content | layers |
 * |---|---|---|---|---|
 * | containerd 2 (`core/images/mediatypes.go` at 0556f45, `core/unpack/unpacker.go` at 4666d07, `client/image.go` at
 *   00649bc), and with it nerdctl, CRI, moby 29 with its containerd store | OCI, Docker | any: under one that is unknown
 *   it is unpacked after the pull | as many `rootfs.diff_ids` as layers of a layer type, equal to what these unpack to |
 *   only `application/vnd.oci.image.layer.*`, Docker's `rootfs.*diff.tar*`, `application/vnd.erofs*`; others are left out |
 * | moby 29, graph drivers (`daemon/internal/distribution/registry.go` at 27e3a5d, `pull_v2.go` at 0e90002) | OCI, Docker
 *   | `application/vnd.oci.image*`, `application/vnd.docker*` but not `….docker.ai.*`, `application/octet-stream`,
 *   `application/json`, `text/html`, none; capitals do not matter | `diff_ids` equal to what all layers unpack to | the
 *   same types as for the config; the content decides how it is unpacked |
 * | container-libs `image` v5 (podman 5, CRI-O; `image/manifest/oci.go` at 523e87c) | OCI |
 *   `application/vnd.oci.image.config.v1+json` alone (before `NonImageArtifactError` came: any) | JSON; `diff_ids` are
 *   not compared | any type: whatever unpacks is unpacked |
 * | the same | Docker | any | the same | the same |
 *
 * So: of a Docker manifest no type says anything; a config of an image's type makes an image of whatever unpacks; under
 * a config of its own type it is the layers' types, and what the config says of them.
 */

// Prefixes, wider than any single runtime's list: what one of them has ever taken is an image's.
const CONFIG_TYPES = ['application/vnd.oci.image', 'application/vnd.docker', 'application/vnd.containerd'];
const PLAIN_CONFIG_TYPES = ['application/octet-stream', 'application/json', 'text/html', ''];
const LAYER_TYPES = [...CONFIG_TYPES, 'application/vnd.erofs'];

/** Docker's models, which no version of moby that knows them pulls as an image. */
const MODELS = 'application/vnd.docker.ai.';

/** Whether a runtime takes a configuration of this type for an image's, whatever it holds. */
export function isRuntimeConfigType(mediaType: string): boolean {
  const type = mediaType.trim().toLowerCase();
  return PLAIN_CONFIG_TYPES.includes(type) || startsWithAny(type, CONFIG_TYPES);
}

/** Whether a runtime unpacks a layer of this type under a configuration that is not of an image's type. */
export function isRuntimeLayerType(mediaType: string): boolean {
  const type = mediaType.trim().toLowerCase();
  return type === '' || startsWithAny(type, LAYER_TYPES);
}

function startsWithAny(type: string, prefixes: readonly string[]): boolean {
  return !type.startsWith(MODELS) && prefixes.some((prefix) => type.startsWith(prefix));
}

/**
 * Types of configurations that hold `diff_ids` of layers no runtime unpacks: these makers build on libraries for
 * images. For every other type such a list is taken as a sign of an image.
 * Flux and Timoni: https://github.com/fluxcd/pkg/blob/main/oci/push.go; Kyverno: `cmd/cli/kubectl-kyverno/commands/oci`
 * of its repository; models: https://github.com/docker/model-spec/blob/main/config.md
 */
const WITH_DIFF_IDS = [
  'application/vnd.cncf.flux.',
  'application/vnd.timoni.',
  'application/vnd.cncf.kyverno.',
  MODELS,
];

/** Whether an honest configuration of this type lists what its layers unpack to, and is no image's. */
export function mayListDiffIds(configType: string): boolean {
  const type = configType.toLowerCase();
  return WITH_DIFF_IDS.some((prefix) => type.startsWith(prefix));
}
