import type { CertificateClaims } from '../../domain/finding.ts';
import { parseGitUri } from '../../domain/git-uri.ts';
import { textAt } from '../../kit/json-path.ts';
import { shortText } from '../../kit/short-text.ts';
import type { Build, Dependency } from './build.ts';

/** A repository that a build took its source from. */
export interface BuildSource {
  /** As `parseGitUri` gives it. */
  readonly repository: string;
  /** As the builder wrote it, or as the certificate of the signer swears it; absent if neither says. */
  readonly ref?: string;
  readonly commit?: string;
}

/** What provenance says about the source of a build. The words complete "Its source cannot be told, for …" and "The provenance cannot be used: …". */
export type SourceReading =
  /** Every one of them went into the build: what is asked of the source is asked of all. */
  | { readonly kind: 'stated'; readonly sources: readonly [BuildSource, ...BuildSource[]] }
  | { readonly kind: 'unstated'; readonly why: string }
  | { readonly kind: 'contradictory'; readonly why: string };

/** Two texts of the provenance and the words around them. */
export const MAX_WHY = 500;

/** A builder whose provenance we know how to read, because its maker says what its fields mean. */
export interface Producer {
  readonly name: string;
  /** Where its maker says so, in documents or code. */
  readonly reference: string;
  readonly writes: (buildType: string) => boolean;
  readonly findSources: (build: Build, claims: CertificateClaims) => SourceReading;
}

/** That nothing reliable says where the source came from. */
export function unstated(why: string): SourceReading {
  return { kind: 'unstated', why: shortText(why, MAX_WHY) };
}

/** That the provenance says two things that cannot both be true. */
export function contradictory(why: string): SourceReading {
  return { kind: 'contradictory', why };
}

/**
 * The sources that these dependencies are. One that cannot be read makes all unstated: leaving it out would let a build
 * hide the repository that it came from.
 */
export function statedBy(dependencies: readonly Dependency[]): SourceReading {
  const sources: BuildSource[] = [];
  for (const dependency of dependencies) {
    const source = sourceOf(dependency);
    if (source === undefined)
      return unstated(`${dependency.uri ?? 'an entry without a URI'} is no address in git that can be compared`);
    sources.push(source);
  }
  const [first, ...others] = sources;
  // All of none would be as any policy asks.
  return first === undefined ? unstated('nothing it lists is in git') : { kind: 'stated', sources: [first, ...others] };
}

/** A dependency as a source; `undefined` if its URI is no address in git. */
export function sourceOf({ uri, digest }: Dependency): BuildSource | undefined {
  const place = uri === undefined ? undefined : parseGitUri(uri);
  const commit = textAt(digest, 'gitCommit') ?? textAt(digest, 'sha1');
  return place === undefined ? undefined : { ...place, ...(commit !== undefined && { commit }) };
}

/**
 * Whether a dependency is in git by its address or by its digest, also where the address cannot be compared: a
 * repository in a form that we do not read must not go unseen beside the one that is trusted.
 */
export function isInGit({ uri, digest }: Dependency): boolean {
  // Commits go by SHA-1; files and images have a SHA-256 at least beside it.
  const isCommit = textAt(digest, 'sha1') !== undefined && textAt(digest, 'sha256') === undefined;
  if (isCommit || textAt(digest, 'gitCommit') !== undefined) return true;
  return uri !== undefined && /^(git\+|git:|ssh:|[A-Za-z0-9_.-]+@)|^https?:[^#@?]*\.git\/?($|[#@?])/.test(uri);
}

/** The repositories of these dependencies that can be compared, each once. */
export function repositoriesOf(dependencies: readonly Dependency[]): readonly string[] {
  return [...new Set(dependencies.flatMap((dependency) => sourceOf(dependency)?.repository ?? []))];
}
