import { expect, test } from 'vitest';
import { isUnguarded } from '../../../src/queue/redis-safety.ts';

test.each([
  ['redis://redis:6379', true],
  ['redis://10.0.0.5', true],
  ['redis://user@redis:6379', true],
  ['redis://127.0.0.1.example.com', true],
  ['redis://:secret@redis:6379', false],
  ['redis://127.0.0.1:6379', false],
  ['redis://localhost', false],
  ['redis://[::1]:6379', false],
])('E4: %s is open to whoever reaches it: %s', (url, expected) => {
  expect(isUnguarded(new URL(url))).toBe(expected);
});
