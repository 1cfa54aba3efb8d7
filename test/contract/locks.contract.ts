import { describe, expect, it } from 'vitest';
import { type Digest, digestOf } from '../../src/domain/digest.ts';
import type { LockReader, LockWriter } from '../../src/ports/locks.ts';

/** A registry that can lock images, and a way to look at it that is not the one under test. */
export interface LockStage {
  readonly reader: LockReader;
  readonly writer: LockWriter;
  put(repository: string): Promise<Digest>;
  isLocked(digest: Digest): boolean;
}

const REPOSITORY = 'acme/team/app';
const NOWHERE = digestOf(Buffer.from('an image that nobody pushed'));

/** What the ports `LockReader` and `LockWriter` promise, whatever stands behind them. */
export function describeLocks(name: string, start: () => Promise<LockStage>): void {
  describe(`the locks of ${name}`, () => {
    it('lock the image that is named, and no other', async () => {
      const { reader, writer, put, isLocked } = await start();
      const [image, other] = [await put(REPOSITORY), await put(REPOSITORY)];
      expect(await reader.read(REPOSITORY, image)).toBe('open');
      expect(await writer.lock(REPOSITORY, image)).toBe('locked');
      expect([isLocked(image), isLocked(other)]).toEqual([true, false]);
      expect(await reader.read(REPOSITORY, image)).toBe('locked');
    });

    it('change nothing the second time', async () => {
      const { writer, put, isLocked } = await start();
      const image = await put(REPOSITORY);
      for (let n = 0; n < 2; n++) expect(await writer.lock(REPOSITORY, image)).toBe('locked');
      for (let n = 0; n < 2; n++) expect(await writer.unlock(REPOSITORY, image)).toBe('open');
      expect(isLocked(image)).toBe(false);
    });

    it('are not there on an image that is gone', async () => {
      const { reader, writer, put } = await start();
      await put(REPOSITORY);
      expect(await reader.read(REPOSITORY, NOWHERE)).toBe('gone');
      expect(await writer.lock(REPOSITORY, NOWHERE)).toBe('gone');
      expect(await writer.unlock(REPOSITORY, NOWHERE)).toBe('gone');
    });
  });
}
