import { describe, expect, it } from 'vitest';
import { recordAll } from '../../support/cosign/record.ts';
import { readRecordings } from '../../support/cosign/recording.ts';

describe('the recorder of images signed by cosign', () => {
  it('says plainly that cosign is not there, and leaves the recordings alone', async () => {
    const before = readRecordings().length;
    await expect(recordAll({ PATH: '/nowhere' })).rejects.toThrow(/cosign is not there: name it in COSIGN/);
    expect(readRecordings()).toHaveLength(before);
  });
});
