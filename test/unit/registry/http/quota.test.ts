import { describe, expect, it } from 'vitest';
import { parseQuota } from '../../../../src/registry/http/quota.ts';

const NOW = new Date('2026-11-24T08:00:00Z');
const inSeconds = (seconds: number) => String(NOW.getTime() / 1_000 + seconds);

describe('parseQuota', () => {
  it.each<[string, Readonly<Record<string, string>>, object | undefined]>([
    [
      "Docker Hub's",
      { 'ratelimit-limit': '100;w=21600', 'ratelimit-remaining': '76;w=21600' },
      { limit: 100, remaining: 76, resetMs: 21_600_000 },
    ],
    [
      "GitLab's, with a time of day",
      { 'ratelimit-limit': '600', 'ratelimit-remaining': '594', 'ratelimit-reset': inSeconds(57) },
      { limit: 600, remaining: 594, resetMs: 57_000 },
    ],
    [
      "GitHub's",
      { 'x-ratelimit-limit': '5000', 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': inSeconds(-3) },
      { limit: 5_000, remaining: 0, resetMs: 0 },
    ],
    [
      "the older drafts', with seconds",
      { 'ratelimit-limit': '10, 10;w=1', 'ratelimit-remaining': '9', 'ratelimit-reset': '50' },
      { limit: 10, remaining: 9, resetMs: 50_000 },
    ],
    [
      "the newer drafts'",
      { ratelimit: '"default";r=50;t=30', 'ratelimit-policy': '"default";q=100;w=60' },
      { limit: 100, remaining: 50, resetMs: 30_000 },
    ],
    ['one that tells the rest alone', { 'ratelimit-remaining': '3' }, { remaining: 3, resetMs: 60_000 }],
    ['none', {}, undefined],
    ['one of words', { 'ratelimit-remaining': 'many', 'ratelimit-limit': '100' }, undefined],
    ['one below nothing', { 'ratelimit-remaining': '-1' }, undefined],
    ['one of too many digits', { 'ratelimit-remaining': '9'.repeat(400) }, undefined],
  ])('reads %s', (_name, headers, quota) => {
    expect(parseQuota((name) => headers[name], NOW)).toEqual(quota);
  });
});
