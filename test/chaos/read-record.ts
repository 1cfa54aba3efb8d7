import type { Digest } from '../../src/domain/digest.ts';
import type { ChaosWorld } from './chaos-world.ts';
import type { PlannedImage } from './plan-workload.ts';

/** What the daemon says about one image in the end. */
export interface RecordedImage {
  readonly state: string;
  readonly outcome: string | null;
  readonly final: boolean;
  readonly mark: string;
  readonly verdicts: readonly { readonly outcome: string; readonly final: boolean; readonly code: string }[];
  readonly effects: readonly {
    readonly kind: string;
    readonly state: string;
    readonly sinkId: string | null;
    readonly result: string | null;
  }[];
}

/** Reads it by the API; `null` if the daemon knows nothing of it, or is not there. */
export async function readRecord(
  world: ChaosWorld,
  { registryId, repository }: PlannedImage,
  digest: Digest,
): Promise<RecordedImage | null> {
  try {
    const { status, body } = await world.daemon().get(`/api/v1/subjects/${registryId}/${repository}@${digest}`);
    return status === 200 ? (body as RecordedImage) : null;
  } catch {
    return null;
  }
}

/** Whether nothing is left to be done about it. */
export function isSettled(record: RecordedImage | null): boolean {
  return (
    record?.final === true &&
    record.effects.every(({ state }) => ['done', 'failed', 'superseded', 'held'].includes(state))
  );
}
