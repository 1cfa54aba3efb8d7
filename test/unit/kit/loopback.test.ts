import { describe, expect, it } from 'vitest';
import { isLoopback } from '../../../src/kit/loopback.ts';

describe('this machine and nothing else', () => {
  it.each(['localhost', 'LOCALHOST', '127.0.0.1', '127.255.0.9', '::1', '[::1]'])('is %s', (host) => {
    expect(isLoopback(host)).toBe(true);
  });

  it.each([
    '',
    '0.0.0.0',
    '::',
    '127.0.0.1.example.org',
    'localhost.example.org',
    '127.1',
    '127.0.0.256',
    '128.0.0.1',
    '[::1',
    '::1]',
    '127.0.0.1\n',
  ])('is not %j', (host) => {
    expect(isLoopback(host)).toBe(false);
  });
});
