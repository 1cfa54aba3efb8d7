import type { Finding, VerifiedSigner } from '../../domain/finding.ts';
import type { Requirement, SignerRule } from '../../domain/policy.ts';
import type { EvidenceTried } from '../../domain/verdict.ts';
import { shortText } from '../../kit/short-text.ts';
import { describeInFull } from '../words/describe-in-full.ts';
import { describeMismatch, describeRules, describeSigner } from '../words/describe-signer.ts';
import { similarity } from '../words/similarity.ts';
import { checkContent } from './check-content.ts';
import type { CountedSigner } from './count-signers.ts';
import { type EvidenceItem, findingsBy, type VerifiedFinding } from './evidence-items.ts';
import type { JudgingContext } from './judging-context.ts';
import { findClaimMismatch, matchesSigner, materialOf, signerNames } from './match-signer.ts';
import { writtenText } from './match-text.ts';
import { nearestOf, nearnessOf } from './nearest-finding.ts';
import { isOfKind, ofAnotherKind } from './other-kind.ts';

/** What one piece of evidence is worth for one requirement. */
export interface EvaluatedEvidence {
  /**
   * `for-another`: another requirement asks for it, so it says nothing about the evidence asked for here. `undecided`: an
   * error of ours or a stale trust root kept it from being checked, and nobody knows whether it counts.
   */
  readonly kind: 'counts' | 'invalid' | 'other-kind' | 'for-another' | 'undecided';
  readonly tried: EvidenceTried;
  /** The same in one sentence with all figures, where the message of `tried` leaves them out. */
  readonly inFull?: string;
  /** What to do about it, where the code of the finding does not say that. */
  readonly advice?: string;
  /** Somebody whom the policy names did sign it, so the reader need not look for a stranger. */
  readonly isOfNamed?: true;
  /** Who signed, and which entries of the list allow them; only of evidence that counts. */
  readonly signers: readonly CountedSigner[];
  /** How near to satisfying it came: the nearest mismatch is the one worth talking about. */
  readonly nearness: number;
}

/** Weighs one piece of evidence for one requirement, beside the `own` ones of its policy and those of the others. */
export function evaluateEvidence(
  requirement: Requirement,
  item: EvidenceItem,
  { own, others, now }: Pick<JudgingContext, 'own' | 'others' | 'now'>,
): EvaluatedEvidence {
  if (!isOfKind(requirement, item.claim)) {
    return { kind: 'other-kind', tried: ofAnotherKind(requirement, item), signers: [], nearness: 0 };
  }
  const weighed = weighSigned(requirement, item, now);
  if (weighed.kind === 'counts') return weighed;
  const open = undecided(requirement, item);
  if (open !== undefined) return open;
  if (weighed.nearness < VERIFIED) return weighed;
  const question = weighed.tried.code === 'SIGNER_NOT_ALLOWED' ? 'whose' : 'for what';
  const isMeant = (one: Requirement): boolean => isMeantFor(one, item, weighed, now);
  const other = others.findFor(item, { question, isMeant }) ?? own.find((one) => one !== requirement && isMeant(one));
  return other === undefined
    ? weighed
    : { ...weighed, kind: 'for-another', tried: meantFor(other, item, weighed.tried) };
}

/** The least nearness of evidence that verified: evidence that did not stays below it. */
const VERIFIED = 2;

/**
 * Whether this evidence was made for another requirement: only that one names its signer, or it satisfies that one.
 * Then it says nothing about whether this requirement's signer has signed. A stranger cannot pretend that, as the
 * evidence has verified.
 */
function isMeantFor(other: Requirement, item: EvidenceItem, { tried }: EvaluatedEvidence, now: Date): boolean {
  if (!isOfKind(other, item.claim)) return false;
  if (tried.code !== 'SIGNER_NOT_ALLOWED') return weighSigned(other, item, now).kind === 'counts';
  return item.verified.some((finding) => matchingRules(other.of, finding).length > 0);
}

function meantFor(other: Requirement, item: EvidenceItem, tried: EvidenceTried): EvidenceTried {
  const known = item.verified.find((finding) => matchingRules(other.of, finding).length > 0);
  if (tried.code !== 'SIGNER_NOT_ALLOWED' || known === undefined) return tried;
  const found = describeSigner(known.verified.signer, other.of);
  const message = `It is signed by ${found}, as "${shortText(other.name)}" asks; this requirement wants ${tried.expected}.`;
  return { ...tried, message, found };
}

function weighSigned(requirement: Requirement, item: EvidenceItem, now: Date): EvaluatedEvidence {
  const allowed = item.verified.flatMap((finding) => {
    const rules = matchingRules(requirement.of, finding);
    return rules.length === 0 ? [] : [{ finding, rules }];
  });
  if (allowed.length > 0) return weighAllowed(requirement, item, allowed, now);
  // It verified, but lacks something that is asked of this signer; telling what it lacks helps more than telling who
  // signed.
  const isWanted = item.verified.some(({ verified }) =>
    requirement.of.some((rule) => matchesSigner(rule, verified.signer)),
  );
  if (item.verified.length > 0 && !isWanted) return notAllowed(requirement, item);
  return notVerified(requirement, item);
}

function matchingRules(of: readonly SignerRule[], { verified, material }: VerifiedFinding): readonly number[] {
  // The material must be the same too: where a key's signatures must be in a log, one that verified without it does not
  // count.
  return of.flatMap((rule, index) =>
    material === materialOf(rule) && matchesSigner(rule, verified.signer) ? [index] : [],
  );
}

interface Allowed {
  readonly finding: VerifiedFinding;
  readonly rules: readonly number[];
}

function weighAllowed(
  requirement: Requirement,
  item: EvidenceItem,
  allowed: readonly Allowed[],
  now: Date,
): EvaluatedEvidence {
  const checked = allowed.map((one) => ({ ...one, mismatch: checkContent(requirement, one.finding.verified, now) }));
  const good = checked.filter(({ mismatch }) => mismatch === undefined);
  const [first] = good;
  if (first !== undefined) {
    const found = describeSigner(first.finding.verified.signer, requirement.of);
    const tried = {
      evidence: item.ref,
      counted: true,
      code: 'SATISFIED',
      message: `Signed by ${found}.`,
      found,
    } as const;
    const signers = good.map(({ finding, rules }) => ({ names: signerNames(finding.verified.signer), rules }));
    return { kind: 'counts', tried, signers, nearness: 4 };
  }
  const mismatch = checked[0]?.mismatch;
  if (mismatch === undefined) throw new TypeError('evidence by an allowed signer either counts or misses something');
  const tried = { evidence: item.ref, counted: false, ...mismatch };
  const open = checked.find((one) => one.mismatch?.code === 'TRUST_ROOT_STALE')?.mismatch;
  if (open === undefined) return { kind: 'invalid', tried, signers: [], nearness: 3, isOfNamed: true };
  return { kind: 'undecided', tried: { ...tried, ...open }, signers: [], nearness: 0 };
}

function notAllowed(requirement: Requirement, item: EvidenceItem): EvaluatedEvidence {
  const ranked = item.verified
    .map(({ verified }) => ({ signer: verified.signer, ...similarity(requirement.of, verified.signer) }))
    .sort((a, b) => b.score - a.score);
  const [nearest] = ranked;
  if (nearest === undefined) throw new TypeError('evidence that verified has a signer');
  const { signer, rule } = nearest;
  const { expected, found } =
    rule === undefined
      ? { expected: describeRules(requirement.of), found: describeSigner(signer, requirement.of) }
      : describeMismatch(rule, signer);
  const claim = rule === undefined ? undefined : describeClaimMiss(rule, signer);
  const message = claim ?? `It is signed by ${found}; the policy wants ${expected}.`;
  const tried = { evidence: item.ref, counted: false, code: 'SIGNER_NOT_ALLOWED', message, expected, found } as const;
  return { kind: 'invalid', tried, signers: [], nearness: VERIFIED + nearest.score };
}

// Claims are told only where issuer and name are right: a wrong name explains more than a wrong claim.
function describeClaimMiss(rule: SignerRule, signer: VerifiedSigner): string | undefined {
  const mismatch = findClaimMismatch(rule, signer);
  const isElseRight = rule.kind === 'identity' && matchesSigner({ ...rule, claims: {} }, signer);
  if (mismatch === undefined || !isElseRight) return undefined;
  const claims =
    mismatch.found === undefined ? `no ${mismatch.claim}` : `${mismatch.claim} = ${shortText(mismatch.found)}`;
  return `The certificate of its signer claims ${claims}; the policy wants ${shortText(writtenText(mismatch.wanted))}.`;
}

function undecided(requirement: Requirement, item: EvidenceItem): EvaluatedEvidence | undefined {
  const unchecked = findingsBy(requirement.of.map(materialOf), item).find(isUnchecked);
  if (unchecked === undefined) return undefined;
  const isStale = unchecked.code === 'TRUST_ROOT_STALE';
  const tried: EvidenceTried = {
    evidence: item.ref,
    counted: false,
    code: isStale ? 'TRUST_ROOT_STALE' : 'EVIDENCE_UNPROCESSABLE',
    message: isStale
      ? shortText(unchecked.message, 400)
      : 'It could not be checked because of an error in Lazaret itself.',
  };
  return { kind: 'undecided', tried, signers: [], nearness: 0 };
}

// A finding that says it verified, but holds no content, is an error of ours too.
function isUnchecked({ code, verified }: Finding): boolean {
  return (
    code === 'EVIDENCE_UNPROCESSABLE' || code === 'TRUST_ROOT_STALE' || (code === 'VERIFIED' && verified === undefined)
  );
}

function notVerified(requirement: Requirement, item: EvidenceItem): EvaluatedEvidence {
  const related = findingsBy(requirement.of.map(materialOf), item);
  const nearest = related.length > 0 ? nearestOf(related) : item.nearest;
  const { message, expected, found, advice } = nearest;
  // Only findings by keys and trust roots of this requirement count as signed by somebody whom it names.
  const isOfNamed = (related.includes(nearest) && nearest.isSigned) || item.verified.length > 0;
  const tried: EvidenceTried = {
    evidence: item.ref,
    counted: false,
    code: nearest.code === 'VERIFIED' ? 'EVIDENCE_UNPROCESSABLE' : nearest.code,
    message: shortText(message, 400),
    ...(expected !== undefined && { expected: shortText(expected) }),
    ...(found !== undefined && { found: shortText(found) }),
  };
  const nearness = nearnessOf(nearest);
  const more = { ...(advice !== undefined && { advice }), ...(isOfNamed && { isOfNamed }) };
  return { kind: 'invalid', tried, inFull: describeInFull(tried), signers: [], nearness, ...more };
}
