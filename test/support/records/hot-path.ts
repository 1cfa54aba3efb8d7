import type { QuarantineLimits } from '../../../src/domain/quarantine-limits.ts';
import { subjectKey } from '../../../src/domain/subject.ts';
import { storableJson } from '../../../src/kit/storable-json.ts';
import type { Decision, JudgementStart } from '../../../src/ports/judgements.ts';
import type { Records } from '../../../src/records/create-records.ts';
import { acceptPush, announcementOf, judgeDecision, subjectNamed, verdictOf } from './samples.ts';

/** Wraps each thing that is asked of the record: to time it, or to see what it sends. */
export type Asking = <T>(name: string, ask: () => Promise<T>) => Promise<T>;

export interface HotPathOptions {
  readonly now: Date;
  /** Images of this name are announced; each run needs one of its own. */
  readonly name: string;
  /** A repository on record, and a name of ours in it. */
  readonly repository?: string;
  readonly ask?: Asking;
  /** What a quarantine is held against. */
  readonly limits?: QuarantineLimits;
}

const IN_FORCE = { policyRevision: 'p1', trustEpoch: 1 };
/** Of the 3,600 images an hour that `fillRecord` judges 72 were quarantined: the share decides, everywhere. */
const LIMITS = evenLimits(1_000);
const ORIGIN = { sourceId: 'hook', registryId: 'prod' };

/** Limits of which none is narrower than another, with a share of 5 %. */
export function evenLimits(perHour: number): QuarantineLimits {
  const limit = { perHour, share: 0.05 };
  return { ...limit, perRegistry: limit, perRepository: limit };
}

/** Everything that is asked of the record for every event, every look, every verdict, every effect and every round. */
export async function walkHotPath(records: Records, options: HotPathOptions): Promise<void> {
  const { now, name, repository = 'acme/app-7', limits = LIMITS, ask = (_name, work) => work() } = options;
  const context = { now, ...IN_FORCE };
  const accept = async (what: string, image: string): Promise<string> => {
    const subject = subjectNamed(image, repository);
    const [receipt] = await ask(what, () => acceptPush(records.inbox, { subject }, context));
    return receipt?.judge?.subjectId ?? '';
  };
  const begin = async (image: string, isFirst: boolean): Promise<JudgementStart> => {
    const id = await accept('take an event', image);
    const what = isFirst ? 'begin a first look' : 'begin a look';
    const start = await ask(what, () => records.judgements.begin(id, { now, isFirst }));
    if (start === null) throw new Error('expected something to judge');
    return start;
  };

  await accept('take an event', `${name} first`);
  await accept('take a repeated event', `${name} first`);
  const decision = judgeDecision(subjectNamed(`${name} first`, repository));
  await ask('take an event that was decided on in full', () => records.inbox.accept(ORIGIN, [decision], context));
  const unnamed = { ...judgeDecision(subjectNamed(`${name} first`, repository)), action: 'resolve' as const };
  await ask('take an event without a digest', () => records.inbox.accept(ORIGIN, [unnamed], context));
  await ask('find whose mark a tag is', () => records.inbox.findMark('prod', repository, 'quarantined-1'));
  await ask('find an image', () => records.inbox.findSubject(subjectNamed(`${name} first`, repository)));

  const first = await begin(`${name} passes`, true);
  await ask('record a first verdict', () => records.judgements.decide(first, passOf(first, now)));
  const again = await begin(`${name} passes by the long way`, false);
  await ask('record a verdict', () => records.judgements.decide(again, passOf(again, now)));
  const fails = await begin(`${name} fails`, true);
  const decided = await ask('record a failing verdict', () => records.judgements.decide(fails, failOf(fails, now)));
  for (const { id, kind } of decided?.effects ?? []) {
    const begun = await ask(`begin a ${kind}`, () => records.outbox.begin(id, now, { limits }));
    const mark = { mark: 'quarantined' as const, tag: `quarantined-${name}`, releasedArtifact: null };
    const end = { now, result: 'done', ...(kind === 'quarantine' && { mark }) };
    if (begun !== null) await ask(`end a ${kind}`, () => records.outbox.finish(id, end));
  }
  const [told] = await records.inbox.accept(
    ORIGIN,
    [{ ...unnamed, action: 'ignore', undo: fails.subject.digest }],
    context,
  );
  for (const { id, kind } of told?.effects ?? []) {
    await ask(`begin an ${kind}`, () => records.outbox.begin(id, now));
    await ask(`end an ${kind}`, () => records.outbox.finish(id, { now, result: 'untagged' }));
  }
  const waiting = await begin(`${name} absent`, true);
  await ask('find an open index', () => records.indexes.findOpenIndex(waiting.subject, { announcedBefore: now, now }));
  await ask('find the indexes of an image', () => records.indexes.findParents(waiting.subject));
  await ask('end a look without a verdict', () =>
    records.judgements.conclude(waiting, { state: 'gone', lookAgainAt: null, now }),
  );
  await ask('find where else an image lies', () => records.copies.findWithDigest([first.subject.digest]));
  await ask('find the evidence of an image', () => records.judgements.findEvidence(first.subject));
  const tag = 'quarantined-1';
  await ask('find who has a name of ours', () => records.outbox.findHolder({ registryId: 'prod', repository, tag }));
  const index = await begin(`${name} index`, true);
  const children = [{ digest: first.subject.digest }];
  await ask('record the verdict of an index', () =>
    records.judgements.decide(index, { ...passOf(index, now), children, isIndex: true }),
  );
  await ask('ask for another look', () => records.outdated.request(index.subject, now));
  const gone = await records.judgements.begin(index.subject.id, { now });
  if (gone === null) throw new Error('expected something to judge');
  await ask('find an index gone', () => records.judgements.conclude(gone, { state: 'gone', lookAgainAt: null, now }));
  await walkRounds(records, now, ask);
}

/** What the sweeper and the gauges ask every few seconds. */
async function walkRounds(records: Records, now: Date, ask: Asking): Promise<void> {
  const inForce = { ...IN_FORCE, now, registryIds: ['prod'] };
  await ask('find what is due', () => records.due.findDue(inForce, 200));
  const behind = { ...inForce, isBehind: true, leaveOutdated: true, inFlight: [], resting: [] };
  await ask('find what is due, behind', () => records.due.findDue(behind, 200));
  await ask('find unresolved events', () =>
    records.due.findUnresolvedEvents({ before: now, now, registryIds: ['prod'], isBehind: true }, 100),
  );
  await ask('find what sweeps found', () => records.due.findFound({ inFlight: [], resting: [] }, 8));
  await ask('find whose looks have ended', () =>
    records.due.findEnded('judge-subject', [subjectKey(subjectNamed('some'))], now),
  );
  await ask('find effects that have ended', () => records.due.findEnded('apply-quarantine', ['1'], now));
  await ask('find effects that are due', () => records.outbox.findDue(now, 200));
  await ask('since when the oldest waits', () => records.oldestOpenAt());
}

function passOf({ subject: { digest } }: JudgementStart, now: Date): Decision {
  return {
    ...IN_FORCE,
    verdict: verdictOf('pass'),
    findings: storableJson([]),
    now,
    final: true,
    nextCheckAt: new Date(now.getTime() + 86_400_000),
    learnt: [{ digest, proof: [{ manifest: digest, counted: true }], lost: [] }],
    effects: () => [],
    children: [],
  };
}

function failOf({ subject }: JudgementStart, now: Date): Decision {
  return {
    ...IN_FORCE,
    verdict: verdictOf('fail-missing'),
    findings: storableJson([]),
    now,
    final: true,
    nextCheckAt: new Date(now.getTime() + 3_600_000),
    effects: () => [
      { kind: 'quarantine', tag: `quarantined-${subject.digest.slice(7, 19)}` },
      { kind: 'notice', sinkId: 'slack', announcement: announcementOf(subject) },
    ],
    children: [],
  };
}
