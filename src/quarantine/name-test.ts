import type { EffectOutbox } from '../ports/effect-outbox.ts';
import type { SubjectRecord } from '../ports/subject-record.ts';

/** Asks the record whether a name is, or is about to become, the mark of another image than this one. */
export function nameTest(
  outbox: Pick<EffectOutbox, 'findHolder'>,
  { id, registryId, repository }: Pick<SubjectRecord, 'id' | 'registryId' | 'repository'>,
): (tag: string) => Promise<boolean> {
  return async (tag) => (await outbox.findHolder({ registryId, repository, tag }, { except: id })) !== null;
}
