import type { Announcement } from '../../../src/domain/announcement.ts';
import { digestHex } from '../../../src/domain/digest.ts';
import { REPOSITORY } from '../memory-artifacts.ts';
import type { StoredManifest } from '../memory-registry.ts';
import type { PipelineRecords } from './pipeline-records.ts';
import { createPipelineWorld, type PipelineWorld, type PipelineWorldOptions } from './pipeline-world.ts';
import { createDriver, type Driver } from './run-to-quiet.ts';
import { ALICE } from './stories.ts';

/** A daemon with an empty record, and questions about what it has done. */
export interface Scene {
  readonly world: PipelineWorld;
  readonly driver: Driver;
  /** Sweeps and works for so long, a round every few seconds. */
  pass(ms: number, everyMs?: number): Promise<void>;
  /** Writes of our tag on this image, or on any. */
  puts(image?: StoredManifest): number;
  /** What the tag that marks this image points to. */
  markOf(image: StoredManifest): string | undefined;
  /** Notices of this kind in one sink, about this image or any, and images in messages about many. */
  told(kind: string, image?: StoredManifest): number;
  /** `outcome`, `code`, `final` and `mark` of this image, or of all. */
  verdicts(
    image?: StoredManifest,
  ): Promise<readonly { outcome: string; code: string; final: boolean; mark: string; state: string }[]>;
}

export async function openScene(db: PipelineRecords, options: Partial<PipelineWorldOptions> = {}): Promise<Scene> {
  await db.empty();
  const world = createPipelineWorld({ records: db.records, key: ALICE.pem, sinkIds: ['slack'], ...options });
  const driver = createDriver(world, db.pool);
  const tagOf = (image: StoredManifest) => `quarantined-${digestHex(image.digest)}`;
  return {
    world,
    driver,
    pass: async (ms, everyMs = 5_000) => {
      for (let passed = 0; passed < ms; passed += everyMs) {
        world.advance(everyMs);
        await driver.round();
      }
    },
    puts: (image) => {
      const start = image === undefined ? 'quarantined-' : tagOf(image);
      return world.registry.requests.filter((line) => line.startsWith('PUT ') && line.includes(` manifests/${start}`))
        .length;
    },
    markOf: (image) => world.registry.tags(REPOSITORY)[tagOf(image)],
    told: (kind, image) => world.sent.reduce((sum, { announcement }) => sum + countTold(announcement, kind, image), 0),
    verdicts: async (image) => {
      const { rows } = await db.pool.query(
        `SELECT v.outcome, v.code, v.final, s.mark, s.state FROM subjects s
         LEFT JOIN verdicts v ON v.subject_id = s.id AND v.is_current
         WHERE ($1::text IS NULL OR s.digest = $1) AND s.state <> 'evidence' ORDER BY s.id`,
        [image?.digest ?? null],
      );
      return rows;
    },
  };
}

function countTold({ kind, digest, listed }: Announcement, wanted: string, image: StoredManifest | undefined): number {
  if (kind === wanted) return image === undefined || digest === image.digest ? 1 : 0;
  if (listed === undefined) return 0;
  if (image === undefined) return Object.entries(listed.counts).find(([each]) => each === wanted)?.[1] ?? 0;
  return listed.images.filter((each) => each.kind === wanted && each.digest === image.digest).length;
}
