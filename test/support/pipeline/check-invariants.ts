import type pg from 'pg';
import { expect } from 'vitest';
import { digestHex } from '../../../src/domain/digest.ts';
import { REPOSITORY } from '../memory-artifacts.ts';
import type { PipelineWorld } from './pipeline-world.ts';
import type { Ending } from './stories.ts';

/**
 * How often one act may be repeated because nobody could know that it was done: it was struck itself, or the record
 * of it. Strikes anywhere else must not repeat anything.
 */
export interface Unknown {
  readonly puts: number;
  readonly notices: number;
  /** Whether an image may have been out of reach twice in a row: then people are told that nothing can be said of it. */
  readonly outOfReach: boolean;
}

/** What strikes at these calls leave unknown. */
export function unknownAfter(struck: readonly string[]): Unknown {
  const count = (...names: readonly string[]) => struck.filter((name) => names.includes(name)).length;
  return {
    puts: count('writer.putTag', 'writer.add', 'writer.lock', 'outbox.finish'),
    notices: count('sink.notify', 'outbox.finish'),
    outOfReach: struck.filter((name) => name.startsWith('reader.')).length >= 2,
  };
}

/** Checks the invariants I1 to I4 for every image of a story that has come to its end. */
export async function checkInvariants(
  world: PipelineWorld,
  pool: pg.Pool,
  endings: readonly Ending[],
  unknown: Unknown,
): Promise<void> {
  let [repeatedPuts, repeatedNotices] = [0, 0];
  for (const { name, digest, end } of endings) {
    await checkVerdict(pool, digest, end);
    const tag = `quarantined-${digestHex(digest)}`;
    const isLabelled = world.mode() === 'label';
    const isLocked = world.mode() === 'lock';
    const line = isLabelled ? `labels/quarantined ${digest}` : isLocked ? `lock ${digest}` : `manifests/${tag}`;
    const puts = world.registry.requests.filter((each) => each === `PUT ${REPOSITORY} ${line}`).length;
    const wasMarked = end === 'quarantined' || end === 'released';
    if (!wasMarked) expect(puts, `I2: writes to the ${name}, which passes`).toBe(0);
    else expect(puts, `I3: the tag of the ${name} is written`).toBeGreaterThanOrEqual(1);
    if (wasMarked) repeatedPuts += puts - 1;
    const isMarked = end === 'quarantined';
    const marked = { tag: isMarked && world.mode() === 'tag' ? digest : undefined, labels: isMarked && isLabelled };
    expect(world.registry.tags(REPOSITORY)[tag], `I3: the tag of the ${name}`).toBe(marked.tag);
    expect(world.registry.isLocked(digest), `I3: the lock of the ${name}`).toBe(isMarked && isLocked);
    expect(world.registry.labelsOf(digest).length > 0, `I3: the label of the ${name}`).toBe(marked.labels);
    for (const kind of ['failed', 'resolved', 'rejected', 'cannot-verify'] as const) {
      const isTold = (kind === 'failed' && wasMarked) || (kind === 'resolved' && end === 'released');
      for (const sinkId of world.sinkIds) {
        const sent = world.sent.filter(
          (each) => each.sinkId === sinkId && each.announcement.digest === digest && each.announcement.kind === kind,
        );
        const mayBeTold = kind === 'cannot-verify' && unknown.outOfReach;
        if (!isTold && !mayBeTold) expect(sent.length, `I4: "${kind}" of the ${name} in ${sinkId}`).toBe(0);
        if (isTold) expect(sent.length, `I4: "${kind}" of the ${name} in ${sinkId}`).toBeGreaterThanOrEqual(1);
        repeatedNotices += Math.max(0, sent.length - 1);
        for (const { announcement } of sent.slice(1)) expect(announcement.mayBeRepeat).toBe(true);
      }
    }
  }
  expect(repeatedPuts, 'I3: tags written again').toBeLessThanOrEqual(unknown.puts);
  expect(repeatedNotices, 'I4: notices sent again').toBeLessThanOrEqual(unknown.notices);
}

async function checkVerdict(pool: pg.Pool, digest: string, end: Ending['end']): Promise<void> {
  const { rows } = await pool.query<{ outcome: string; final: boolean; mark: string }>(
    `SELECT v.outcome, v.final, s.mark FROM subjects s JOIN verdicts v ON v.subject_id = s.id AND v.is_current
     WHERE s.digest = $1`,
    [digest],
  );
  const passes = end === 'passed' || end === 'released';
  expect(rows, 'I1: exactly one current verdict').toHaveLength(1);
  expect(rows[0]).toMatchObject({ final: true, mark: end === 'passed' ? 'none' : end });
  expect(rows[0]?.outcome).toMatch(passes ? /^pass$/ : /^fail-/);
}
