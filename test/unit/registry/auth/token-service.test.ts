import { describe, expect, it } from 'vitest';
import { type AccessToken, readToken } from '../../../../src/registry/auth/token-service.ts';
import type { HttpReply } from '../../../../src/registry/http/http-transport.ts';

const SERVICE = { realm: new URL('https://auth.example.com/token?account=robot'), service: 'a registry' };

function answer(fields: object): HttpReply {
  return { status: 200, header: () => undefined, body: Buffer.from(JSON.stringify(fields)) };
}

/** Milliseconds a token is used. */
async function freshFor(fields: object): Promise<number> {
  const before = performance.now();
  const token: AccessToken = await readToken(SERVICE, 'scope', { kind: 'none' }, async () => answer(fields));
  return token.freshUntil - before;
}

describe('readToken', () => {
  it('keeps the query a realm has, and writes spaces so that they arrive', async () => {
    let asked: URL | undefined;
    await readToken(SERVICE, 'repository:acme/app:pull', { kind: 'none' }, async ({ url }) => {
      asked = url;
      return answer({ token: 't' });
    });
    expect(Object.fromEntries(asked?.searchParams ?? [])).toEqual({
      account: 'robot',
      service: 'a registry',
      scope: 'repository:acme/app:pull',
    });
  });

  it('uses a token for four fifths of its life', async () => {
    expect(await freshFor({ token: 't', expires_in: 300 })).toBeCloseTo(240_000, -4);
  });

  it('takes a minute for the life of a token that names none, or nonsense', async () => {
    for (const expiresIn of [undefined, 0, -5, '300', null]) {
      expect(await freshFor({ token: 't', expires_in: expiresIn })).toBeCloseTo(48_000, -4);
    }
  });

  it('believes no life of more than an hour: some services count nanoseconds', async () => {
    expect(await freshFor({ token: 't', expires_in: 300_000_000_000 })).toBeCloseTo(2_880_000, -4);
  });
});
