import type { VerifiedSigner } from '../../domain/finding.ts';
import { BUILDKIT_TYPES } from '../provenance/buildkit.ts';
import type { SlsaProvenance } from '../provenance/parse-provenance.ts';

const GENERATORS = 'https://github.com/slsa-framework/slsa-github-generator/.github/workflows/';
const RUNNER = 'https://github.com/actions/runner/';
// A reusable workflow is trusted only at a release of it, not at a branch or a prerelease.
const RELEASE = /^refs\/tags\/v\d+\.\d+\.\d+$/;

/**
 * Whether a build was made by the wanted builder: `NAME`, `NAME@vX.Y.Z` or `NAME@refs/tags/vX.Y.Z`; the version counts
 * if it is given. The names a build has: the one its provenance states, and those the certificate of its signer swears
 * to: the workflow, and the kind of machine on which it ran. (GitHub's attestations name either one as the builder.)
 */
export function matchesBuilder(wanted: string, provenance: SlsaProvenance, signer: VerifiedSigner): boolean {
  return namesOf(provenance, signer).some((name) => isSameBuilder(wanted, name));
}

/**
 * How the certificate contradicts the builder in the provenance, which a signer could make up; `undefined` if it does
 * not.
 */
export function builderContradiction(provenance: SlsaProvenance, signer: VerifiedSigner): string | undefined {
  const { builderId } = provenance;
  if (signer.kind === 'key') return undefined;
  // Certificates older than the claim of the build signer name the workflow in their subject alone.
  const workflows = signer.identities.filter(({ kind, value }) => kind === 'uri' && isWorkflow(value));
  const delegator = workflows.find(({ value }) => value.startsWith(`${GENERATORS}delegator_`))?.value;
  // A delegator is believed when it names the builder, so it must be a release: anybody can run a branch or a pull
  // request of it.
  if (delegator !== undefined && !RELEASE.test(split(delegator).version ?? '')) {
    return `${delegator} signed it, which is no release of that workflow`;
  }
  if (!isWorkflow(builderId) || delegator !== undefined || workflows.length === 0) return undefined;
  if (workflows.some(({ value }) => isSameBuilder(builderId, value))) return undefined;
  return `it names the builder ${builderId}, but ${workflows[0]?.value ?? 'another workflow'} signed it`;
}

function namesOf({ builderId }: SlsaProvenance, signer: VerifiedSigner): readonly string[] {
  if (signer.kind === 'key') return [builderId];
  const { buildSignerUri, runnerEnvironment } = signer.claims;
  // Where the provenance names a machine, only the certificate names the workflow, and the other way round.
  const workflow = builderId.startsWith(RUNNER) && buildSignerUri !== undefined ? [buildSignerUri] : [];
  const machine = isWorkflow(builderId) && runnerEnvironment !== undefined ? [`${RUNNER}${runnerEnvironment}`] : [];
  return [builderId, ...workflow, ...machine];
}

function isSameBuilder(wanted: string, found: string): boolean {
  const [want, have] = [split(wanted), split(found)];
  if (want.name !== have.name) return false;
  if (isGenerator(want.name) && !RELEASE.test(have.version ?? '')) return false;
  if (want.version === undefined) return true;
  const version = want.version.startsWith('refs/') ? want.version : `refs/tags/${want.version}`;
  return version === have.version || want.version === have.version;
}

function split(id: string): { readonly name: string; readonly version: string | undefined } {
  const at = id.lastIndexOf('@');
  return at === -1 ? { name: id, version: undefined } : { name: id.slice(0, at), version: id.slice(at + 1) };
}

function isGenerator(name: string): boolean {
  return name.startsWith(GENERATORS);
}

function isWorkflow(name: string): boolean {
  return name.includes('/.github/workflows/');
}

/**
 * The build types of which we know the meaning, by builder: in another type the same fields could name another source.
 */
const CONTAINER_GENERATOR = `${GENERATORS}generator_container_slsa3.yml`;
const CONTAINER_TYPE = 'https://github.com/slsa-framework/slsa-github-generator/container@v1';
const GITHUB_TYPES = [
  'https://actions.github.io/buildtypes/workflow/v1',
  'https://slsa-framework.github.io/github-actions-buildtypes/workflow/v1',
  CONTAINER_TYPE,
];

/** The build types a builder is known to write; `undefined` for builders we know nothing about. */
export function knownBuildTypes(builderId: string): readonly string[] | undefined {
  if (split(builderId).name === CONTAINER_GENERATOR) return [CONTAINER_TYPE];
  // BuildKit calls itself by the run that it builds in.
  if (/^https:\/\/github\.com\/[^/]+\/[^/]+\/actions\/runs\/[0-9]+(\/attempts\/[0-9]+)?$/.test(builderId))
    return BUILDKIT_TYPES;
  return builderId.startsWith('https://github.com/') ? GITHUB_TYPES : undefined;
}
