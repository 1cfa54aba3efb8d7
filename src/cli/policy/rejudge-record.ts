import type { Digest } from '../../domain/digest.ts';
import type { PolicySet } from '../../domain/policy.ts';
import { coveringPolicies } from '../../policy/judge/match-policies.ts';
import { compareVerdicts, rejudge } from '../../policy/rejudge/rejudge.ts';
import { type FamilyMember, rejudgeFamily } from '../../policy/rejudge/rejudge-family.ts';
import type { FamilyLink, FindingsQuery, RecordQuery } from '../../ports/record-query.ts';
import type { SubjectRecord } from '../../ports/subject-record.ts';
import type { DiffReport } from './render-diff.ts';

/** As many as a page of the record holds at most. */
const PAGE = 500;

/** What the configuration says about the record. */
export interface RecordOrigin {
  /** The policies that newer verdicts were made by. */
  readonly inForce: PolicySet;
  /** The host that images of a registry are named by. */
  readonly hostOf: (registryId: string) => string;
}

type Change = DiffReport['changes'][number];

/**
 * Judges everything on record by other policies. Indexes and what they list are told when all of it has been read.
 */
export async function rejudgeRecord(
  query: RecordQuery & FindingsQuery,
  policies: PolicySet,
  { inForce, hostOf }: RecordOrigin,
): Promise<DiffReport> {
  const now = new Date();
  const families = createFamilies();
  const changes: (Change | (() => Change | undefined))[] = [];
  let judged = 0;
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<typeof query.listSubjects>> = await query.listSubjects({
      limit: PAGE,
      ...(cursor !== null && { cursor }),
    });
    const [findings, links] = await Promise.all([
      query.readFindings(page.subjects.flatMap(({ verdict }) => (verdict === null ? [] : [verdict.id]))),
      query.readFamilies(page.subjects.map(({ id }) => id)),
    ]);
    const relationsOf = indexLinks(links);
    for (const subject of page.subjects) {
      if (subject.verdict === null) continue;
      judged++;
      const { id: verdictId, verdict, policyRevision } = subject.verdict;
      const thing = subject.artifactType === null ? {} : { artifactType: subject.artifactType };
      const image = `${hostOf(subject.registryId)}/${subject.repository}`;
      const stored = { image, digest: subject.digest, verdict, ...thing };
      const judgedBy =
        policyRevision === inForce.revision
          ? coveringPolicies(inForce, image, { digest: subject.digest, ...thing })
          : [];
      const relations = relationsOf(subject.id);
      const isIndex = (relations?.lists.length ?? 0) > 0;
      const alone = rejudge({ ...stored, findings: findings.get(verdictId) ?? [], judgedBy, isIndex }, policies, now);
      const toChange = (result: ReturnType<typeof compareVerdicts>): Change | undefined =>
        result.kind === 'same'
          ? undefined
          : { image: stored.image, digest: stored.digest, tags: subject.tags, before: verdict, result };
      if (relations === undefined) {
        const change = toChange(compareVerdicts(stored, alone.own));
        if (change !== undefined) changes.push(change);
        continue;
      }
      const member = { ...stored, ...relations, alone, isTagged: subject.tags.length > 0 };
      families.add(subject, member);
      changes.push(() => toChange(compareVerdicts(stored, rejudgeFamily(member, families.findBeside(subject)))));
    }
    cursor = page.next;
  } while (cursor !== null);
  const told = changes.map((change) => (typeof change === 'function' ? change() : change));
  return { judged, changes: told.filter((change) => change !== undefined) };
}

type Relations = Pick<FamilyMember, 'lists' | 'listedBy' | 'isBuildAttestation'>;

/** Finds what is linked with a subject; `undefined` if nothing is. */
function indexLinks(links: readonly FamilyLink[]): (id: string) => Relations | undefined {
  const byParent = Map.groupBy(links, ({ parentId }) => parentId);
  const byChild = Map.groupBy(links, ({ childId }) => childId);
  return (id) => {
    const [lists = [], listedBy = []] = [byParent.get(id), byChild.get(id)];
    if (lists.length === 0 && listedBy.length === 0) return undefined;
    return {
      lists,
      listedBy: listedBy.map(({ parentDigest }) => parentDigest),
      isBuildAttestation: listedBy.some((link) => link.isBuildAttestation),
    };
  };
}

/** The members of families, by repository and digest: an index and what it lists lie in one repository. */
function createFamilies() {
  const byRepository = new Map<string, Map<Digest, FamilyMember>>();
  const membersOf = ({ registryId, repository }: SubjectRecord): Map<Digest, FamilyMember> => {
    const name = JSON.stringify([registryId, repository]);
    const members = byRepository.get(name) ?? new Map<Digest, FamilyMember>();
    byRepository.set(name, members);
    return members;
  };
  return {
    add: (subject: SubjectRecord, member: FamilyMember): void => void membersOf(subject).set(subject.digest, member),
    findBeside: (subject: SubjectRecord) => (digest: Digest) => membersOf(subject).get(digest),
  };
}
