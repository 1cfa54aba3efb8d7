import type { HiddenEvidence, LearntEvidence, RecordedHidden } from '../../domain/evidence.ts';
import type { Subject } from '../../domain/subject.ts';
import type { Verdict } from '../../domain/verdict.ts';
import { shortText } from '../../kit/short-text.ts';
import type { SubjectRecord } from '../../ports/subject-record.ts';
import type { PipelineContext } from '../pipeline-context.ts';
import { registryAt } from '../registry-at.ts';

/** Kept and told of one image; an index of a hundred images may have as many tags overwritten. */
const MAX_HIDDEN = 20;

interface Learnt {
  readonly verdict: Verdict;
  readonly learnt: readonly LearntEvidence[];
}

/**
 * What is to be on record of places that no longer lead to the evidence that counts, with who has written them as far
 * as the events say; `undefined`: this look has not told, what is on record stays.
 * @throws {FaultError} `DATABASE_UNAVAILABLE`
 */
export async function recordHidden(
  context: Pick<PipelineContext, 'records' | 'registries'>,
  subject: SubjectRecord,
  { verdict, learnt }: Learnt,
  now: Date,
): Promise<readonly RecordedHidden[] | undefined> {
  if (verdict.outcome === 'indeterminate') return undefined;
  if (verdict.outcome !== 'pass') return [];
  // Where this look could not find out, what is on record stays.
  const isOpen = (one: RecordedHidden) => learnt.some((l) => l.digest === one.about && l.hidden === undefined);
  const recorded = subject.hiddenEvidence.filter(isOpen);
  for (const hidden of learnt.flatMap((one) => one.hidden ?? [])) {
    if (recorded.length >= MAX_HIDDEN || recorded.some((one) => isSamePlace(one, hidden))) continue;
    const known = subject.hiddenEvidence.find((one) => isSamePlace(one, hidden));
    const by = known?.now === hidden.now ? known?.by : undefined;
    recorded.push({
      ...hidden,
      by: by ?? (await findWriter(context, subject, hidden)),
      since: known?.since ?? now.toISOString(),
    });
  }
  return recorded;
}

/**
 * Those of which people have not been told yet, so that a tag that is overwritten again and again is announced once.
 */
export function newlyHidden(
  { hiddenEvidence }: Pick<SubjectRecord, 'hiddenEvidence'>,
  hidden: readonly RecordedHidden[] = [],
): readonly RecordedHidden[] {
  return hidden.filter((one) => !hiddenEvidence.some((known) => isSamePlace(known, one)));
}

function isSamePlace(a: HiddenEvidence, b: HiddenEvidence): boolean {
  return a.about === b.about && a.repository === b.repository && a.tag === b.tag;
}

async function findWriter(
  { records, registries }: Pick<PipelineContext, 'records' | 'registries'>,
  subject: Subject,
  { tag, now = null, repository }: HiddenEvidence,
): Promise<string | null> {
  if (tag === undefined) return null;
  const place = repository === undefined ? subject : placeNamed(registries, repository);
  if (place === undefined) return null;
  const { registryId } = place;
  const by = await records.inbox.findWriter({ registryId, repository: place.repository, tag, digest: now });
  return by === null ? null : shortText(by);
}

function placeNamed(registries: PipelineContext['registries'], name: string) {
  const host = name.slice(0, name.indexOf('/'));
  const repository = name.slice(host.length + 1);
  const registry = registryAt(registries, { host, repository });
  return registry && { registryId: registry.id, repository };
}
