import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCheck } from '../../../src/cli/doctor/check.ts';
import { checkSource } from '../../../src/cli/doctor/check-source.ts';
import type { WebhookAuthentication } from '../../../src/domain/webhook-authentication.ts';
import { Renewable } from '../../../src/kit/renewable.ts';
import { freePort } from '../../support/free-port.ts';
import { DISCOVERY, startTokenIssuer, type TestIssuer } from '../../support/servers/token-issuer.ts';

let issuer: TestIssuer;
beforeAll(async () => {
  issuer = await startTokenIssuer();
});
afterAll(() => issuer.stop());

async function look(authentication: WebhookAuthentication) {
  const http = { host: '127.0.0.1', port: await freePort(), allowedHosts: [] };
  const source = { kind: 'webhook', id: 'hook', registryIds: ['prod'], dialect: 'harbor', authentication } as const;
  return runCheck(checkSource(source, { http }), new AbortController().signal);
}

describe('doctor, on a receiver of tokens', () => {
  const tokens = (): WebhookAuthentication => ({
    kind: 'oidc',
    issuer: issuer.issuer,
    ca: issuer.ca,
    accepted: new Renewable({ audiences: ['lazaret'], emails: [], subjects: ['me'] }),
  });

  it('reads the keys of their issuer', async () => {
    const report = await look(tokens());
    expect(report).toMatchObject({ status: 'ok', message: expect.stringContaining('signs its tokens, with 1 key') });
  });

  it('says why an issuer cannot be asked, and what to look at', async () => {
    issuer.instead.set(DISCOVERY, '{"issuer":"https://other.example.com"}');
    const report = await look(tokens());
    expect(report).toMatchObject({ status: 'fail', message: expect.stringContaining('is about another issuer') });
    const { ca: _, ...unknownAuthority } = tokens() as Extract<WebhookAuthentication, { kind: 'oidc' }>;
    expect(await look(unknownAuthority)).toMatchObject({
      status: 'fail',
      advice: expect.stringContaining('`oidc.caFile`'),
    });
  });
});
