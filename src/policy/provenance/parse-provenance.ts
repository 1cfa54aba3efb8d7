// The room `policy/provenance`: from SLSA provenance to what was built, by whom and from which source.

import type { CertificateClaims } from '../../domain/finding.ts';
import type { JsonObject } from '../../kit/json.ts';
import { shortText } from '../../kit/short-text.ts';
import { type Build, type Dependency, parseBuild } from './build.ts';
import { isBuildKit } from './buildkit.ts';
import { certificateContradiction } from './certificate-agreement.ts';
import { parseTrigger } from './parse-trigger.ts';
import { PRODUCERS } from './producers.ts';
import { isInGit, MAX_WHY, repositoriesOf, type SourceReading, statedBy, unstated } from './source-reading.ts';

/** What SLSA provenance says about a build, the same for both versions of the format. */
export interface SlsaProvenance {
  /** Empty where the builder has no name. */
  readonly builderId: string;
  readonly buildType: string;
  /** Who is known to write this build type; absent for one that is not known. */
  readonly producer?: string;
  /** What started the build, as written; absent if the provenance does not say. */
  readonly trigger?: string;
  readonly source: Exclude<SourceReading, { readonly kind: 'contradictory' }>;
}

export type SlsaReading =
  | { readonly ok: true; readonly provenance: SlsaProvenance }
  | { readonly ok: false; readonly why: string };

/**
 * Reads verified SLSA provenance. `claims` are those of the signing certificate (`{}` for a key): what the certificate
 * also says must agree. `why` completes the sentence "The provenance cannot be used: …".
 */
export function parseSlsaProvenance(
  predicateType: string,
  predicate: JsonObject,
  claims: CertificateClaims,
): SlsaReading {
  const build = parseBuild(predicateType, predicate);
  if (build === undefined) return refuse(`${predicateType} is not a format of SLSA provenance`);
  const { builderId = '', buildType } = build;
  if (buildType === undefined) return refuse('it does not name its build type');
  // BuildKit leaves it empty unless whoever asks for the build says otherwise.
  if (builderId === '' && !isBuildKit(buildType)) return refuse('it does not name its builder');
  const producer = PRODUCERS.find(({ writes }) => writes(buildType));
  const source = producer?.findSources(build, claims) ?? findUnknownSources(build);
  if (source.kind === 'contradictory') return refuse(source.why);
  const problem = certificateContradiction(source.kind === 'stated' ? source.sources : [], builderId, claims);
  if (problem !== undefined) return refuse(problem);
  const trigger = parseTrigger(build);
  return {
    ok: true,
    provenance: {
      builderId,
      buildType,
      source,
      ...(producer !== undefined && { producer: producer.name }),
      ...(trigger !== undefined && { trigger }),
    },
  };
}

function refuse(why: string): SlsaReading {
  return { ok: false, why: shortText(why, MAX_WHY) };
}

/**
 * The source of a build type whose meaning nobody told us: the one repository in git that it lists, if it is one. Which
 * of several is the source cannot be guessed: the first may be where the build is defined, and the source a fork.
 */
function findUnknownSources({ buildType, configSource, dependencies }: Build): SourceReading {
  const listed = dependencies.filter(mayBeInGit);
  const about = `what the build type ${buildType} lists has a meaning that Lazaret does not know`;
  if (listed.length === 0) return unstated(`${about}, and none of it is in git`);
  const all = [...listed, ...(configSource !== undefined && mayBeInGit(configSource) ? [configSource] : [])];
  const reading = statedBy(all);
  const { length } = repositoriesOf(all);
  if (reading.kind === 'stated' && length > 1) return unstated(`${about}, and it is ${length} repositories in git`);
  return reading.kind === 'stated' ? statedBy(listed) : reading;
}

function mayBeInGit(dependency: Dependency): boolean {
  return isInGit(dependency) || /^pkg:(github|gitlab|bitbucket|git)\//.test(dependency.uri ?? '');
}
