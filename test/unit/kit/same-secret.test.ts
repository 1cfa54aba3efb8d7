import { describe, expect, it } from 'vitest';
import { isSameSecret } from '../../../src/kit/same-secret.ts';

describe('a secret', () => {
  it('is the same only where every character is', () => {
    expect(isSameSecret('hunter2', 'hunter2')).toBe(true);
    expect(isSameSecret('hunter3', 'hunter2')).toBe(false);
  });

  it('is compared with text of another length without a fault', () => {
    for (const given of ['', 'hunter', 'hunter22', 'hunter2\0']) expect(isSameSecret(given, 'hunter2')).toBe(false);
  });
});
