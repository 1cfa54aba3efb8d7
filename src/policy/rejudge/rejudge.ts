// The room `policy/rejudge`: what verdicts on record would become under other policies.

import type { Digest } from '../../domain/digest.ts';
import type { Finding } from '../../domain/finding.ts';
import type { ImagePolicy, PolicySet } from '../../domain/policy.ts';
import type { Verdict } from '../../domain/verdict.ts';
import { askedKinds } from '../judge/asked-kinds.ts';
import { judge } from '../judge/judge.ts';
import { listEvidenceRepositories } from '../judge/list-evidence-repositories.ts';
import { requirementsOf } from '../judge/list-materials.ts';
import { coveringPolicies } from '../judge/match-policies.ts';
import { materialOf } from '../judge/match-signer.ts';
import { askedOfEach, askedOfIndex, openToPlatforms } from '../read/levels.ts';
import { describeRule } from '../words/describe-signer.ts';

/** A subject as it is on record: the newest verdict and the findings behind it. */
export interface JudgedSubject {
  /** `host/repository`. */
  readonly image: string;
  readonly digest: Digest;
  readonly verdict: Verdict;
  readonly findings: readonly Finding[];
  /** Its type, if it is no container image. */
  readonly artifactType?: string;
  /** It lists other images. */
  readonly isIndex?: boolean;
  /** The policies that covered it when it was judged, where they are known. */
  readonly judgedBy?: readonly ImagePolicy[];
}

/** What a subject comes to by what is on record about it. */
export type Recomputed =
  | { readonly kind: 'told'; readonly verdict: Verdict }
  /** The record does not tell; `why` completes the sentence "Not known: …". */
  | { readonly kind: 'unknown'; readonly why: string };

/** A subject judged anew by its own evidence alone, without regard to what it lists and which indexes list it. */
export interface Rejudged {
  readonly policies: readonly ImagePolicy[];
  /** By all policies that cover it. */
  readonly own: Recomputed;
  /** By those that ask each image in an index; absent if there are none. */
  readonly each?: Recomputed;
}

/** What a subject's verdict would become. */
export type Rejudgement =
  | { readonly kind: 'same'; readonly after: Verdict }
  | { readonly kind: 'flips'; readonly after: Verdict }
  | Extract<Recomputed, { kind: 'unknown' }>;

/**
 * Judges a subject anew by other policies, from what is on record: no registry is asked, no signature checked again.
 * Where that does not suffice, it says so: evidence may never have been tried with a key or trust root that only the
 * new policies name, and a look that failed has no findings. `now` is the time ages are counted to.
 */
export function rejudge(subject: JudgedSubject, policies: PolicySet, now: Date): Rejudged {
  const matching = coveringPolicies(policies, subject.image, {
    digest: subject.digest,
    ...(subject.artifactType !== undefined && { artifactType: subject.artifactType }),
  });
  const each = askedOfEach(matching);
  const { noMatch } = policies;
  return {
    policies: matching,
    own: judgeStored(subject, { policies: subject.isIndex === true ? askedOfIndex(matching) : matching, noMatch }, now),
    ...(each.length > 0 && { each: judgeStored(subject, { policies: each, noMatch }, now) }),
  };
}

/** Holds what a subject comes to against the verdict on record. */
export function compareVerdicts({ verdict }: Pick<JudgedSubject, 'verdict'>, after: Recomputed): Rejudgement {
  if (after.kind === 'unknown') return after;
  return { kind: after.verdict.outcome === verdict.outcome ? 'same' : 'flips', after: after.verdict };
}

/** That the record does not tell, and why. */
export function unknown(why: string): Extract<Recomputed, { kind: 'unknown' }> {
  return { kind: 'unknown', why };
}

function judgeStored(stored: JudgedSubject, by: Pick<PolicySet, 'policies' | 'noMatch'>, now: Date): Recomputed {
  const { verdict, findings, image, digest } = stored;
  // An image that took over the verdict of an index was looked at before, so its own findings are complete.
  if (verdict.outcome === 'indeterminate' && verdict.code !== 'INHERITED') {
    return unknown('the last look at it came to no result');
  }
  if (verdict.code === 'CRASHED_REPEATEDLY') return unknown('checking it never came to an end');
  const cutShort = verdict.code === 'LOOK_CUT_SHORT' ? 'as on record' : undefined;
  const after = judge({ ...by, image, digest, findings, now, ...(cutShort !== undefined && { cutShort }) });
  if (after.outcome === 'indeterminate') return unknown('what it turns on could not be checked');
  // A pass is certain. Any other outcome might become a pass by evidence that was not looked at, or not tried with
  // every material.
  if (after.outcome === 'pass') return { kind: 'told', verdict: after };
  const unseen = findUnseen(by.policies, stored);
  if (unseen !== undefined) return unknown(`nothing on record comes from ${unseen}, where evidence may lie`);
  if (verdict.code === 'PROVED_BY_PLATFORMS') return unknown('the images in it proved it, and not the index itself');
  if (stored.isIndex === true && (openToPlatforms(by.policies, after)?.anyLevel.length ?? 0) > 0) {
    return unknown('the images in it may prove what the index does not');
  }
  const unread = findUnread(by.policies, stored);
  if (unread !== undefined) return unknown(`nobody asked for it then, and ${unread.evidence.digest} was not read`);
  const untried = findUntried(by.policies, findings);
  if (untried !== undefined) return unknown(`its evidence was never tried with ${untried}`);
  return { kind: 'told', verdict: after };
}

// The record names a repository only if something was found in it. But before an image fails by itself, all
// repositories that its policies name are looked at.
function findUnseen(policies: readonly ImagePolicy[], stored: JudgedSubject): string | undefined {
  const { verdict, findings, judgedBy = [] } = stored;
  const isLookedAtWhole = verdict.outcome !== 'pass' || verdict.code === 'INHERITED';
  const named = isLookedAtWhole ? listEvidenceRepositories(judgedBy).map(({ name }) => name) : [];
  const seen = new Set([...findings.map(({ evidence }) => evidence.repository), ...named]);
  return listEvidenceRepositories(policies).find(({ name }) => !seen.has(name))?.name;
}

// Evidence announced as of a kind that no policy asks for may be left unread; a policy that asks for that kind would
// have it read.
function findUnread(policies: readonly ImagePolicy[], { findings, judgedBy }: JudgedSubject): Finding | undefined {
  if (judgedBy === undefined) return undefined;
  const [wasAsked, isAsked] = [askedKinds(judgedBy), askedKinds(policies)];
  return findings.find(
    ({ claim, claimIsAnnounced }) =>
      claimIsAnnounced === true && claim.kind !== 'unknown' && isAsked(claim) && !wasAsked(claim),
  );
}

// Every piece of evidence was tried with the same materials, so the findings show which materials there were.
function findUntried(policies: readonly ImagePolicy[], findings: readonly Finding[]): string | undefined {
  if (findings.length === 0) return undefined;
  const tried = new Set(findings.map(({ material }) => material));
  const rules = policies.flatMap(requirementsOf).flatMap(({ of }) => of);
  const missing = rules.find((rule) => !tried.has(materialOf(rule)));
  if (missing === undefined) return undefined;
  return missing.kind === 'key' ? describeRule(missing) : `the trust root ${missing.trust}`;
}
