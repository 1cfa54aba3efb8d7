import type { Digest } from '../../domain/digest.ts';
import type { Verdict } from '../../domain/verdict.ts';
import { isSettled, MAX_LISTED, nameListed, notAllSeen, TOO_MANY_LISTED } from '../judge/listed-images.ts';
import { worstVerdict } from '../judge/worst-verdict.ts';
import { askedOfEach } from '../read/levels.ts';
import { type JudgedSubject, type Recomputed, type Rejudged, unknown } from './rejudge.ts';
import { type JudgedIndex, takeOverFailure, takeOverPass } from './take-over.ts';

/** An image as an index lists it. */
export interface ListedImage {
  readonly digest: Digest;
  /** `os/architecture`, where the index says so. */
  readonly platform: string | null;
}

/** A subject on record, judged anew by itself, with those it is related to. */
export interface FamilyMember extends Pick<JudgedSubject, 'digest' | 'verdict'> {
  readonly alone: Rejudged;
  readonly isTagged: boolean;
  /** It is one of BuildKit's attestations, no image. */
  readonly isBuildAttestation: boolean;
  /** What it lists; empty if it is no index. */
  readonly lists: readonly ListedImage[];
  /** The indexes in the same repository that list it. */
  readonly listedBy: readonly Digest[];
}

/** Subjects of one repository by digest, as far as they are on record with a verdict. */
export type FindMember = (digest: Digest) => FamilyMember | undefined;

/**
 * What a subject comes to together with what it lists, for policies that ask each image (`platforms: each`), and with
 * the indexes that list it, as the daemon would decide it. `seen` ends the walk where indexes on record list each other
 * in a circle.
 */
export function rejudgeFamily(
  member: FamilyMember,
  find: FindMember,
  seen: ReadonlySet<Digest> = new Set(),
): Recomputed {
  const own = withListed(member, find);
  if (own.kind === 'told' && own.verdict.outcome === 'pass') return own;
  const before = new Set([...seen, member.digest]);
  const parents = member.listedBy.flatMap((digest) => {
    const parent = before.has(digest) ? undefined : find(digest);
    return parent === undefined ? [] : [{ digest, told: rejudgeFamily(parent, find, before) }];
  });
  return takeOver(member, own, parents);
}

/** The verdict on an index with those on all images in it, and in indexes in it. */
function withListed({ alone, digest, lists }: FamilyMember, find: FindMember): Recomputed {
  const { own } = alone;
  const each = askedOfEach(alone.policies);
  if (own.kind === 'unknown' || each.length === 0 || isSettled(own.verdict, each)) return own;
  const verdicts: [Verdict, ...Verdict[]] = [own.verdict];
  const gaps: string[] = [];
  const seen = new Set<Digest>([digest]);
  const listed = [...lists];
  // While the list is gone through, the images in the indexes that it holds are added to it.
  for (const image of listed) {
    if (seen.has(image.digest)) continue;
    if (seen.add(image.digest).size - 1 > MAX_LISTED) {
      verdicts.push(notAllSeen(TOO_MANY_LISTED, each));
      break;
    }
    const found = find(image.digest);
    if (image.platform === 'unknown/unknown' && found?.isBuildAttestation === true) continue;
    listed.push(...(found?.lists ?? []));
    const told = found?.alone.each ?? unknown('no verdict on it is on record');
    const name = image.platform ?? image.digest;
    if (told.kind === 'told') verdicts.push(nameListed(told.verdict, name));
    else gaps.push(`each image in it is asked, and of ${name} (${image.digest}) the record does not tell: ${told.why}`);
  }
  const worst = worstVerdict(verdicts);
  const [gap] = gaps;
  return gap === undefined || isSettled(worst, each) ? { kind: 'told', verdict: worst } : unknown(gap);
}

interface Parent {
  readonly digest: Digest;
  readonly told: Recomputed;
}

/** What it takes over from the indexes that list it, where it does not pass by itself. */
function takeOver(member: FamilyMember, own: Recomputed, parents: readonly Parent[]): Recomputed {
  const judged = parents.flatMap(({ digest, told }) =>
    told.kind === 'told' ? [{ digest, verdict: told.verdict }] : [],
  );
  const passed = judged.find(({ verdict }) => verdict.outcome === 'pass');
  if (passed !== undefined) return takeOverFrom(passed, member, own);
  const open = parents.find(({ told }) => told.kind === 'unknown');
  if (open !== undefined) return unknown(`it passes with the index ${open.digest}, of which the record does not tell`);
  const [failed] = judged;
  if (own.kind === 'unknown') return own;
  if (failed !== undefined) return member.isTagged ? own : { kind: 'told', verdict: takeOverFailure(failed) };
  if (member.verdict.code !== 'INHERITED') return own;
  return unknown('it took its verdict over from an index that is not on record any more');
}

function takeOverFrom(passed: JudgedIndex, { alone, isBuildAttestation }: FamilyMember, own: Recomputed): Recomputed {
  // Policies that ask each image still need the image's own evidence; for the others the index has decided.
  const asked = own.kind === 'told' ? own : isBuildAttestation ? undefined : alone.each;
  if (asked === undefined) return { kind: 'told', verdict: { ...passed.verdict, code: 'INHERITED' } };
  if (asked.kind === 'unknown') return asked;
  const image = { policies: alone.policies, isBuildAttestation };
  return { kind: 'told', verdict: takeOverPass(asked.verdict, passed, image) };
}
