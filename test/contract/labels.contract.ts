import { describe, expect, it } from 'vitest';
import { type Digest, digestOf } from '../../src/domain/digest.ts';
import type { LabelReader, LabelWriter } from '../../src/ports/labels.ts';

/** A registry with labels, and a way to look at them that is not the one under test. */
export interface LabelStage {
  readonly reader: LabelReader;
  readonly writer: LabelWriter;
  /** Stores an image without labels. */
  put(repository: string): Promise<Digest>;
  on(digest: Digest): readonly string[];
  /** Hangs another label on it, as people do. */
  hangOther(digest: Digest): Promise<string>;
}

const REPOSITORY = 'acme/team/app';
const LABEL = 'quarantined';
const NOWHERE = digestOf(Buffer.from('an image that nobody pushed'));

/** What the ports `LabelReader` and `LabelWriter` promise, whatever stands behind them. */
export function describeLabels(name: string, start: () => Promise<LabelStage>): void {
  describe(`the labels of ${name}`, () => {
    it('are put on the image that is named, and on no other', async () => {
      const { reader, writer, put, on } = await start();
      const [image, other] = [await put(REPOSITORY), await put(REPOSITORY)];
      expect(await reader.read(REPOSITORY, image, LABEL)).toBe('off');
      expect(await writer.add(REPOSITORY, image, LABEL)).toBe('on');
      expect([on(image), on(other)]).toEqual([[LABEL], []]);
      expect(await reader.read(REPOSITORY, image, LABEL)).toBe('on');
    });

    it('are there once, however often they are put', async () => {
      const { writer, put, on } = await start();
      const image = await put(REPOSITORY);
      await writer.add(REPOSITORY, image, LABEL);
      expect(await writer.add(REPOSITORY, image, LABEL)).toBe('on');
      expect(on(image)).toEqual([LABEL]);
    });

    it('are taken off alone, and taken off again without complaint', async () => {
      const { writer, put, on, hangOther } = await start();
      const image = await put(REPOSITORY);
      const other = await hangOther(image);
      await writer.add(REPOSITORY, image, LABEL);
      expect(await writer.remove(REPOSITORY, image, LABEL)).toBe('removed');
      expect(await writer.remove(REPOSITORY, image, LABEL)).toBe('absent');
      expect(on(image)).toEqual([other]);
    });

    it('are put and taken off as often as the verdict changes', async () => {
      const { writer, put, on } = await start();
      const image = await put(REPOSITORY);
      await writer.add(REPOSITORY, image, LABEL);
      await writer.remove(REPOSITORY, image, LABEL);
      await writer.add(REPOSITORY, image, LABEL);
      expect(on(image)).toEqual([LABEL]);
    });

    it('are not there on an image that is gone', async () => {
      const { reader, writer, put } = await start();
      await put(REPOSITORY);
      expect(await reader.read(REPOSITORY, NOWHERE, LABEL)).toBe('gone');
      expect(await writer.add(REPOSITORY, NOWHERE, LABEL)).toBe('gone');
      expect(await writer.remove(REPOSITORY, NOWHERE, LABEL)).toBe('gone');
    });
  });
}
