import { describe, expect, it } from 'vitest';
import { parseChallenges } from '../../../src/registry/auth/challenge.ts';
import { parseNextLink } from '../../../src/registry/http/next-page.ts';

describe('parseChallenges', () => {
  it('reads a Bearer challenge with its quoted parameters', () => {
    const [challenge] = parseChallenges(
      'Bearer realm="https://auth.example/token",service="a b",scope="repository:x:pull"',
    );
    expect(challenge?.scheme).toBe('bearer');
    expect(Object.fromEntries(challenge?.parameters ?? [])).toEqual({
      realm: 'https://auth.example/token',
      service: 'a b',
      scope: 'repository:x:pull',
    });
  });

  it('reads several challenges, in one header or in two', () => {
    const header = 'Basic realm="r", Bearer realm="https://a/t", service=s';
    expect(parseChallenges(header).map(({ scheme }) => scheme)).toEqual(['basic', 'bearer']);
    expect(parseChallenges(['Basic realm="r"', 'Bearer realm="t"']).map(({ scheme }) => scheme)).toEqual([
      'basic',
      'bearer',
    ]);
  });

  it('unescapes quoted text and reads names in any case', () => {
    const [challenge] = parseChallenges('BEARER Realm="a\\"b"');
    expect(challenge?.parameters.get('realm')).toBe('a"b');
  });

  it.each(['', ',,,', '=', '"', 'realm="x"', '\u0000'])('finds no realm in %j', (header) => {
    expect(parseChallenges(header).some(({ parameters }) => parameters.has('realm'))).toBe(false);
  });

  it('reads nothing of a missing header', () => {
    expect(parseChallenges(undefined)).toEqual([]);
  });
});

describe('parseNextLink', () => {
  it.each([
    ['</v2/a/referrers/b?n=2>; rel="next"', '/v2/a/referrers/b?n=2'],
    ['</one>; rel="prev", </two>; rel=next', '/two'],
    ['</one>; title="x"; rel="first next"', '/one'],
  ])('finds the next page in %s', (header, target) => {
    expect(parseNextLink(header)).toBe(target);
  });

  it.each([undefined, '', '</one>', '</one>; rel="prev"', 'rel="next"'])('finds none in %s', (header) => {
    expect(parseNextLink(header)).toBeUndefined();
  });
});
