import { expect, it } from 'vitest';
import { isRetryableStatus } from '../../../src/notify/http-reply.ts';

it('asks again after 408, 425, 429 and faults of the server, and after nothing else', () => {
  const retryable = Array.from({ length: 500 }, (_, n) => n + 100).filter(isRetryableStatus);
  expect(retryable).toEqual([408, 425, 429, ...Array.from({ length: 100 }, (_, n) => n + 500)]);
});
