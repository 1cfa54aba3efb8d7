import assert from 'node:assert/strict';
import { FaultError } from '../../../src/kit/errors.ts';
import { parseRetryAfter } from '../../../src/kit/retry-after.ts';
import { parseServerTime } from '../../../src/kit/server-time.ts';
import { parseChallenges } from '../../../src/registry/auth/challenge.ts';
import { resolveRealm } from '../../../src/registry/auth/realm.ts';
import { nextPage, parseNextLink } from '../../../src/registry/http/next-page.ts';
import type { FuzzTarget } from '../fuzz-target.ts';

const FIRST = new URL('https://registry.example.com/v2/acme/app/tags/list?n=100');
const NOW = new Date('2026-11-29T00:00:00Z');
const WEEK_MS = 7 * 24 * 3_600_000;
const RULES = { base: new URL('https://registry.example.com'), realmHosts: ['auth.example.com'] };

const LINKS = [
  '</v2/acme/app/tags/list?last=b&n=100>; rel="next"',
  '<https://registry.example.com/v2/acme/app/tags/list?last=b>;rel=next, <x>; rel="prev"',
  '</v2/acme/app/tags/list>; title="a, b"; REL="first next"',
];
const CHALLENGES = [
  'Bearer realm="https://auth.example.com/token",service="registry.example.com",scope="repository:acme/app:pull"',
  'Basic realm="a \\"b\\"", Bearer realm="/token"',
  'Negotiate, Basic realm=x',
];
const TIMES = [
  '120',
  'Sun, 29 Nov 2026 00:05:00 GMT',
  'Sunday, 29-Nov-26 00:05:00 GMT',
  'Sun Nov 29 00:05:00 2026',
  '-1',
  '1.5',
];

/** A header is latin-1 in Node. */
function bytesOf(texts: readonly string[]): Buffer[] {
  return texts.map((text) => Buffer.from(text, 'latin1'));
}

export const targets: readonly FuzzTarget[] = [
  {
    name: 'link',
    shape: 'text',
    seeds: bytesOf(LINKS),
    run(input) {
      const header = input.toString('latin1');
      const link = parseNextLink(header);
      if (link === undefined) return;
      assert.ok(header.includes(`<${link}>`), 'the target is as written');
      const reply = { status: 200, body: Buffer.alloc(0), header: () => header };
      const next = nextPage(reply as unknown as Parameters<typeof nextPage>[0], FIRST, FIRST);
      if (next instanceof URL)
        assert.equal(`${next.origin}${next.pathname}${next.username}`, `${FIRST.origin}${FIRST.pathname}`);
    },
  },
  {
    name: 'www-authenticate',
    shape: 'text',
    seeds: bytesOf(CHALLENGES),
    run(input) {
      for (const { scheme, parameters } of parseChallenges(input.toString('latin1'))) {
        assert.match(scheme, /^[!#$%&'*+.^_`|~0-9a-z-]+$/);
        const realm = parameters.get('realm');
        if (realm !== undefined) checkRealm(realm);
      }
    },
  },
  {
    name: 'retry-after',
    shape: 'text',
    seeds: bytesOf(TIMES),
    run(input) {
      const text = input.toString('latin1');
      const ms = parseRetryAfter(text, NOW);
      assert.ok(ms === undefined || (ms >= 0 && ms <= WEEK_MS), `${ms} ms is no time to wait`);
      const time = parseServerTime(text, text);
      assert.ok(time === undefined || !Number.isNaN(time.getTime()), 'a time of the server is a time');
    },
  },
];

/** Whatever a registry says, credentials go to the hosts of the configuration alone. */
function checkRealm(realm: string): void {
  try {
    const { protocol, host, username } = resolveRealm(realm, FIRST, RULES);
    assert.equal(protocol, 'https:');
    assert.equal(username, '');
    assert.ok(['registry.example.com', 'auth.example.com'].includes(host), host);
  } catch (error) {
    if (!(error instanceof FaultError)) throw error;
  }
}
