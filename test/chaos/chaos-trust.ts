import type { SigstoreWorld } from '../support/sigstore-world.ts';
import { createTufRepository, type MirrorTrouble, startTufMirror } from '../support/tuf-repository.ts';

/** The TUF repository of the trust root that some images are verified with, and how it can be broken. */
export interface ChaosTrust {
  /** What the daemon's configuration says of it, and the file it names. */
  readonly config: readonly Readonly<Record<string, unknown>>[];
  readonly files: Readonly<Record<string, string>>;
  trouble(kind: MirrorTrouble): void;
  /** Serves what was served before. */
  rollBack(): void;
  /** Goes on serving what is out of date. */
  freeze(): void;
  /** Serves something new, and as it should. */
  mend(): void;
}

export const TRUST = 'chaos';
const HOUR_MS = 3_600_000;

export async function startTrust(
  { trustedRoot }: SigstoreWorld,
  onStop: (stop: () => Promise<unknown>) => void,
): Promise<ChaosTrust> {
  const repository = createTufRepository();
  const first = repository.publish(trustedRoot);
  const mirror = await startTufMirror(repository.publish(trustedRoot));
  onStop(() => mirror.stop());
  return {
    config: [
      {
        name: TRUST,
        tuf: { url: mirror.url.href, rootFile: 'root.json' },
        thresholds: { log: 1, sct: 1, time: 1 },
      },
    ],
    files: { 'root.json': repository.pinnedRoot },
    trouble: (kind) => mirror.trouble(kind),
    rollBack: () => mirror.serve(first),
    freeze: () => mirror.serve(repository.publish(trustedRoot, { expires: new Date(Date.now() - HOUR_MS) })),
    mend() {
      mirror.trouble(undefined);
      mirror.serve(repository.publish(trustedRoot));
    },
  };
}
