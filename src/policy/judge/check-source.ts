import type { CertificateClaims } from '../../domain/finding.ts';
import type { SourceRule } from '../../domain/policy.ts';
import { matchesGlob } from '../../kit/glob.ts';
import { shortText } from '../../kit/short-text.ts';
import type { SlsaProvenance } from '../provenance/parse-provenance.ts';
import type { BuildSource } from '../provenance/source-reading.ts';
import { matchesVersionedTag } from '../read/versioned-tag.ts';
import type { Mismatch } from '../words/mismatch.ts';
import { matchesText, writtenText } from './match-text.ts';

export interface SourceContext {
  readonly claims: CertificateClaims;
  /** The branch that a tag was made on, where the event that started the build says so. */
  readonly branch: string | undefined;
}

/** Holds the source of a build against what the policy asks of it; each of several sources must be as it asks. */
export function checkSource(
  rule: SourceRule | undefined,
  { source }: SlsaProvenance,
  context: SourceContext,
): Mismatch | undefined {
  if (rule === undefined) return undefined;
  const wanted = writtenRepository(rule);
  if (source.kind === 'unstated') {
    const why = shortText(source.why, 300);
    const message = `Its source cannot be told, for ${why}; in place of \`source\`, ask for what it does say with \`attestation\` and \`where\`.`;
    return { code: 'SOURCE_UNTOLD', message, expected: `the source ${wanted}`, found: 'a source that cannot be told' };
  }
  const branch = source.sources.length === 1 ? context.branch : undefined;
  for (const one of source.sources) {
    const mismatch = checkOne(rule, one, { ...context, branch: isBranch(one.ref) ? one.ref : branch });
    if (mismatch !== undefined) return mismatch;
  }
  return undefined;
}

/** The repository of a rule as it was written: text or pattern. */
export function writtenRepository({ repository }: SourceRule): string {
  return shortText(typeof repository === 'string' ? repository : writtenText(repository));
}

function checkOne(
  rule: SourceRule,
  { repository: found, ref }: BuildSource,
  context: SourceContext,
): Mismatch | undefined {
  const [repository, wanted] = [shortText(found), writtenRepository(rule)];
  const isWanted =
    typeof rule.repository === 'string' ? rule.repository === found : matchesText(rule.repository, found);
  if (!isWanted) {
    const message = `It was built from ${repository}; the policy wants ${wanted}.`;
    return { code: 'SOURCE_MISMATCH', message, expected: wanted, found: repository };
  }
  const tag = ref?.startsWith('refs/tags/') === true ? ref.slice('refs/tags/'.length) : undefined;
  const from = (expected: string, at: string | undefined): Mismatch => {
    const shown = at === undefined ? 'no branch or tag that is named' : shortText(at);
    const message = `It was built from ${repository} at ${shown}; the policy wants ${expected}.`;
    return { code: 'REF_MISMATCH', message, expected, found: shown };
  };
  const { ref: glob, branch, versionedTag } = rule;
  if (glob !== undefined && !(ref !== undefined && matchesGlob(glob, ref))) return from(glob, ref);
  if (branch !== undefined && context.branch !== `refs/heads/${branch}`) {
    return from(`the branch ${branch}`, context.branch ?? ref);
  }
  if (rule.tag !== undefined && tag !== rule.tag) return from(`the tag ${rule.tag}`, ref);
  if (versionedTag !== undefined && !(tag !== undefined && matchesVersionedTag(versionedTag, tag))) {
    return from(`a tag of version ${versionedTag}`, ref);
  }
  if (glob === undefined && mayBeAnybodys(found, ref, context.claims)) {
    return from(
      'a branch or tag of the repository itself; a proposed change may be anybody’s and must be named by `ref`',
      ref,
    );
  }
  return undefined;
}

function isBranch(ref: string | undefined): boolean {
  return ref?.startsWith('refs/heads/') === true;
}

/**
 * A forge keeps pull requests from forks as refs of the repository itself. GitHub is the only one that gives no
 * identity to a workflow that runs for a fork, so that a pull request in its certificates comes from a branch of the
 * repository.
 * https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows#pull_request
 */
function mayBeAnybodys(
  repository: string,
  ref: string | undefined,
  { sourceRepositoryRef }: CertificateClaims,
): boolean {
  if (ref === undefined || !/^refs\/(pull|merge-requests|pull-requests|changes)\//.test(ref)) return false;
  return !(repository.startsWith('https://github.com/') && sourceRepositoryRef === ref);
}
