import { expect, it } from 'vitest';
import { createFaultWindow } from '../../../src/pipeline/fault-window.ts';

it('lets one "cannot verify" of a class through in an hour, and every class by itself', () => {
  let now = new Date('2026-01-01T00:00:00Z');
  const mayAnnounce = createFaultWindow(() => now);
  expect(mayAnnounce('prod REGISTRY_UNAVAILABLE')).toBe(true);
  expect(mayAnnounce('prod REGISTRY_UNAVAILABLE')).toBe(false);
  expect(mayAnnounce('test REGISTRY_UNAVAILABLE')).toBe(true);
  now = new Date(now.getTime() + 3_600_000);
  expect(mayAnnounce('prod REGISTRY_UNAVAILABLE')).toBe(true);
});
