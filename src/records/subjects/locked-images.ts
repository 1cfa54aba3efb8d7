import type { LockedImages } from '../../ports/locked-images.ts';
import type { Database } from '../database.ts';

/** Creates the store of what is kept of locked images. */
export function createLockedImages(database: Database): LockedImages {
  return {
    keep: ({ registryId, repository, digest }, { mediaType, bytes }) =>
      database.run(async (db) => {
        const key = { registry_id: registryId, repository, digest };
        await db
          .insertInto('locked_images')
          .values({ ...key, media_type: mediaType, manifest: Buffer.from(bytes) })
          .onConflict((conflict) => conflict.doNothing())
          .execute();
      }),
    find: ({ registryId, repository, digest }) =>
      database.run(async (db) => {
        const row = await db
          .selectFrom('locked_images')
          .select(['media_type', 'manifest'])
          .where('registry_id', '=', registryId)
          .where('repository', '=', repository)
          .where('digest', '=', digest)
          .executeTakeFirst();
        return row === undefined ? null : { mediaType: row.media_type, bytes: row.manifest };
      }),
    forget: ({ registryId, repository, digest }) =>
      database.run(async (db) => {
        await db
          .deleteFrom('locked_images')
          .where('registry_id', '=', registryId)
          .where('repository', '=', repository)
          .where('digest', '=', digest)
          .execute();
      }),
  };
}
