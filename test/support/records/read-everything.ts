import { expect } from 'vitest';
import type { Records } from '../../../src/records/create-records.ts';

/** Asks every reader of the record that is not on the hot path, on every row. */
export async function readEverything(records: Records, now: Date): Promise<void> {
  let seen = 0;
  for (let cursor: string | undefined; ; ) {
    const page = await records.query.listSubjects({ limit: 100, ...(cursor !== undefined && { cursor }) });
    for (const subject of page.subjects.slice(0, 20)) {
      const history = await records.query.readHistory(subject);
      expect(history?.subject.id).toBe(subject.id);
      await records.query.readFindings(history?.verdicts.map(({ id }) => id) ?? []);
      await records.judgements.findEvidence(subject);
    }
    seen += page.subjects.length;
    if (page.next === null) break;
    cursor = page.next;
  }
  expect(seen).toBeGreaterThan(5);
  await records.query.countUntold();
  await records.query.readUntold(10);
  await records.baselines.readReports();
  await records.hearing.settle(now);
  await records.hearing.read(['prod']);
  await records.sweeps.readStatus();
  await records.heldQuarantines();
  await records.foundWaiting();
  const outdated = { policyRevision: 'p2', trustEpoch: 1, registryIds: ['prod'], after: '' };
  await records.outdated.findOutdated(outdated, 100);
  await records.manual.recheckFailing(now);
  for (const { id } of await records.outbox.findDue(now, 200)) await records.outbox.begin(id, now);
}
