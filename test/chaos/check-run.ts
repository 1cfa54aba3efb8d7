import { type Digest, digestHex } from '../../src/domain/digest.ts';
import { pullDigest } from '../support/oci-push.ts';
import type { ChaosWorld } from './chaos-world.ts';
import type { Damage } from './faults/fault.ts';
import type { ImageKind } from './plan-workload.ts';
import { isSettled, type RecordedImage } from './read-record.ts';
import type { PushedPlan } from './send-workload.ts';
import { type Sent, sentMessages } from './sent-messages.ts';
import { judgeLevels, type SeenLevels } from './watch-levels.ts';
import { whyRepeated } from './why-repeated.ts';

/** One broken promise. */
export interface Violation {
  readonly invariant: string;
  readonly words: string;
  readonly digest?: Digest;
}

/** What was held against the invariants of a run. */
export interface Findings {
  readonly violations: readonly Violation[];
  /** How many things each invariant was checked on. */
  readonly checked: Readonly<Record<string, number>>;
  readonly messages: number;
  /** How many of them came again, by why nobody knew that they had come. */
  readonly repeats: ReadonlyMap<string, number>;
}

export interface CheckInput {
  readonly world: ChaosWorld;
  readonly images: readonly PushedPlan[];
  readonly records: ReadonlyMap<Digest, RecordedImage | null>;
  readonly damage: Damage;
  /** Where they were watched. */
  readonly levels?: SeenLevels;
}

const EXPECTED: Readonly<Record<ImageKind, { readonly outcome: RegExp; readonly marks: readonly string[] }>> = {
  good: { outcome: /^pass$/, marks: ['none'] },
  late: { outcome: /^pass$/, marks: ['none', 'released'] },
  stranger: { outcome: /^fail-/, marks: ['quarantined'] },
  unsigned: { outcome: /^fail-/, marks: ['quarantined'] },
  garbage: { outcome: /^fail-/, marks: ['quarantined'] },
};

/** Holds what was recorded by everybody against the invariants I1 to I8. */
export async function checkRun({ world, images, records, damage, levels }: CheckInput): Promise<Findings> {
  const violations: Violation[] = [];
  const checked: Record<string, number> = {};
  const check = (invariant: string, holds: boolean, words: string, digest?: Digest): void => {
    checked[invariant] = (checked[invariant] ?? 0) + 1;
    if (!holds) violations.push({ invariant, words, ...(digest !== undefined && { digest }) });
  };
  const writes = writesByTag(world);
  const lastWrites = lastWriteByTag(world);
  const sent = sentMessages(world);
  let repeatedPuts = 0;
  for (const { plan, pushed } of images) {
    const { digest } = pushed;
    const record = records.get(digest) ?? null;
    const { outcome, marks } = EXPECTED[plan.kind];
    check('I1', isSettled(record), `${plan.kind} image without a final verdict: ${tell(record)}`, digest);
    if (record === null) continue;
    check('I1', outcome.test(record.outcome ?? ''), `${plan.kind} image ends as ${record.outcome}`, digest);
    const tag = `quarantined-${digestHex(digest)}`;
    const puts = writes.get(`${plan.registryId} ${plan.repository} ${tag}`) ?? 0;
    if (plan.kind === 'good') {
      check('I2', puts === 0, `${puts} writes of a quarantine tag to an image that passes`, digest);
      const fails = record.verdicts.filter((verdict) => verdict.outcome.startsWith('fail-'));
      check('I5', fails.length === 0, `an image that passes has the verdict ${fails[0]?.outcome} on record`, digest);
    }
    check('I3', marks.includes(record.mark), `${plan.kind} image ends with the mark "${record.mark}"`, digest);
    const wanted = record.mark === 'quarantined' ? digest : null;
    const found = await pullDigest(world.pushUrl, plan.repository, tag);
    check('I3', found === wanted, `its tag points to ${found}, not to ${wanted}`, digest);
    repeatedPuts += Math.max(0, puts - 1);
    if (record.mark === 'released') {
      check('I6', found === null, `it was released, and its tag points to ${found}`, digest);
      const last = lastWrites.get(`${plan.registryId} ${plan.repository} ${tag}`);
      // Where each try to write it was refused nothing was there to take off: it was signed before one came through.
      check('I6', last !== 'PUT', `it was released, and the last that was done to its tag is a ${last}`, digest);
    }
    if (record.mark === 'quarantined') checkTold(record, sent, (holds, words) => check('I4', holds, words, digest));
  }
  check('I3', repeatedPuts <= damage.unknownPuts, `${repeatedPuts} tags written again, ${damage.unknownPuts} unknown`);
  for (const [name, count] of writes) {
    const hex = name.slice(name.lastIndexOf('-') + 1);
    const known = images.some(({ pushed }) => digestHex(pushed.digest) === hex);
    check('I7', known, `${count} writes of ${name}, which is no image of ours`);
  }
  const repeats = new Map<string, number>();
  for (const copies of sent.values()) {
    const digest = copies[0] && digestIn(copies[0]);
    const unsaid = copies.slice(1).filter(({ saysRepeat }) => !saysRepeat);
    const words = `a message to ${copies[0]?.sink} came ${copies.length} times, and does not say so`;
    check('I4', unsaid.length === 0, words, digest);
    for (const copy of copies.slice(0, -1)) {
      const why = whyRepeated(world.history, copy);
      check('I4', why !== undefined, `a message to ${copy.sink} came again for no reason, after ${copy.at} ms`, digest);
      repeats.set(why ?? 'no reason', (repeats.get(why ?? 'no reason') ?? 0) + 1);
    }
  }
  for (const { holds, words } of judgeLevels(levels)) check('I8', holds, words);
  for (const { what, detail } of world.history.all.filter((each) =>
    /^SIGTERM ended|^the daemon has ended|^refused|^a hostile/.test(each.what),
  ))
    check('answers', false, `${what} ${detail ?? ''}`);
  return {
    violations,
    checked,
    messages: [...sent.values()].reduce((sum, copies) => sum + copies.length, 0),
    repeats,
  };
}

/** The image that a message is about, or the first of them. */
function digestIn({ text }: Sent): Digest | undefined {
  return /sha256:[0-9a-f]{64}/.exec(text)?.[0] as Digest | undefined;
}

function checkTold(
  record: RecordedImage,
  sent: ReadonlyMap<string, readonly Sent[]>,
  check: (holds: boolean, words: string) => void,
): void {
  for (const sink of ['slack', 'mail']) {
    const notices = record.effects.filter((each) => each.kind === 'notice' && each.sinkId === sink);
    check(
      notices.some(({ state }) => state === 'done'),
      `nobody was told by ${sink}: ${JSON.stringify(notices)}`,
    );
  }
  check(sent.size > 0, 'no message was ever sent');
}

/** How often each quarantine tag was written, or tried to be, by registry, repository and tag. */
function writesByTag(world: ChaosWorld): ReadonlyMap<string, number> {
  const writes = new Map<string, number>();
  for (const { method, name } of tagRequests(world)) {
    if (method === 'PUT') writes.set(name, (writes.get(name) ?? 0) + 1);
  }
  return writes;
}

/** What was last done to each quarantine tag: PUT or DELETE. */
function lastWriteByTag(world: ChaosWorld): ReadonlyMap<string, string> {
  const done = tagRequests(world).filter(({ method, status = 0 }) => /PUT|DELETE/.test(method) && status < 300);
  return new Map(done.map(({ name, method }) => [name, method]));
}

function tagRequests(world: ChaosWorld) {
  return world.registries.flatMap(({ id, proxy }) =>
    proxy.requests.flatMap(({ method, path, status }) => {
      const found = /^\/v2\/(.+)\/manifests\/(quarantined-[0-9a-f]+)$/.exec(path);
      return found === null ? [] : [{ method, status, name: `${id} ${found[1]} ${found[2]}` }];
    }),
  );
}

function tell(record: RecordedImage | null): string {
  if (record === null) return 'nothing is on record';
  const open = record.effects.filter(({ state }) => !['done', 'failed', 'superseded', 'held'].includes(state));
  return `${record.state}, ${record.outcome}, final ${record.final}, open ${JSON.stringify(open)}`;
}
