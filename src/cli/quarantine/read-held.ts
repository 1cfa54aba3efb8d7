import type { Config } from '../../config/config.ts';
import type { HeldQuarantine } from '../../ports/recorded-write.ts';
import type { Records } from '../../records/create-records.ts';

/** As many as a page of the record holds at most. */
const PAGE = 500;

/** All that limits hold back, the oldest first. */
export async function readHeld({ held }: Pick<Records, 'held'>): Promise<readonly HeldQuarantine[]> {
  const all: HeldQuarantine[] = [];
  let after: string | null = null;
  do {
    const page: Awaited<ReturnType<typeof held.readHeld>> = await held.readHeld({
      limit: PAGE,
      ...(after !== null && { after }),
    });
    all.push(...page.held);
    after = page.next;
  } while (after !== null);
  return all;
}

/** Whether writes are only rehearsed in this registry. */
export function isRehearsing(registryId: string, { registries, quarantine }: Config): boolean {
  return (registries.find(({ id }) => id === registryId)?.mode ?? quarantine.mode) === 'rehearse';
}
