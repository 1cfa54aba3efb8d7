import { describe, expect, it } from 'vitest';
import { keepFresh } from '../../../src/kit/io/keep-fresh.ts';

function world() {
  const at = { ms: 0, read: 0, isDown: false };
  const get = keepFresh(
    async () => {
      at.read += 1;
      if (at.isDown) throw new Error('down');
      return { value: at.read, renewAt: at.ms + 80, endsAt: at.ms + 100 };
    },
    () => at.ms,
  );
  return { at, get };
}

describe('what has to be kept fresh', () => {
  it('is read once however many ask, and again when it is to be renewed', async () => {
    const { at, get } = world();
    expect(await Promise.all([get(), get(), get()])).toEqual([1, 1, 1]);
    at.ms = 79;
    expect(await get()).toBe(1);
    at.ms = 80;
    expect(await Promise.all([get(), get()])).toEqual([2, 2]);
  });

  it('is used to its end where it cannot be renewed, and not beyond', async () => {
    const { at, get } = world();
    await get();
    Object.assign(at, { isDown: true, ms: 99 });
    expect(await get()).toBe(1);
    at.ms = 100;
    await expect(get()).rejects.toThrow('down');
    at.isDown = false;
    expect(await get()).toBe(at.read);
  });
});
