import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCheck } from '../../../src/cli/doctor/check.ts';
import { checkSource } from '../../../src/cli/doctor/check-source.ts';
import { checkTls } from '../../../src/cli/doctor/check-tls.ts';
import type { WebhookAuthentication } from '../../../src/domain/webhook-authentication.ts';
import { Renewable } from '../../../src/kit/renewable.ts';
import { Secret } from '../../../src/kit/secret.ts';
import { makeCertificate } from '../../support/certificate.ts';
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

describe('doctor, on the port for deliveries by TLS', () => {
  const DAY_MS = 86_400_000;
  async function lookAtTls(days: number) {
    const { cert, key } = makeCertificate();
    const tls = { host: '127.0.0.1', port: await freePort(), cert: new Secret(cert), key: new Secret(key) };
    const http = { host: '127.0.0.1', port: 1, allowedHosts: [], tls: { ...tls, clientCa: new Secret(cert) } };
    const clock = (): Date => new Date(Date.now() + (30 - days) * DAY_MS);
    return Promise.all(checkTls({ http }, clock).map((check) => runCheck(check, new AbortController().signal)));
  }

  it('says until when its certificates hold, and warns before they end', async () => {
    expect(await lookAtTls(29)).toMatchObject([
      { name: 'TLS port', status: 'ok' },
      { name: 'TLS certificates', status: 'ok', message: expect.stringContaining('2 certificates') },
    ]);
    expect((await lookAtTls(7))[1]).toMatchObject({
      status: 'warn',
      message: expect.stringContaining('ends in 6 days'),
    });
    expect((await lookAtTls(-2))[1]).toMatchObject({ status: 'fail', message: expect.stringContaining('ended on') });
  });

  it('is not looked at where there is none', () => {
    expect(checkTls({ http: { host: '127.0.0.1', port: 1, allowedHosts: [] } })).toEqual([]);
  });
});

describe('doctor, on a topic with a login by token', () => {
  it('says why there is no token before it asks the brokers', async () => {
    const sasl = { mechanism: 'oauthbearer', from: 'file', tokenFile: '/nowhere/token', extensions: {} } as const;
    const topic = { brokers: ['127.0.0.1:1'], topic: 'pushes', group: 'lazaret', sasl };
    const source = { kind: 'kafka', id: 'pushes', registryIds: ['prod'], dialect: 'harbor', ...topic } as const;
    const http = { host: '127.0.0.1', port: 1, allowedHosts: [] };
    expect(await runCheck(checkSource(source, { http }), new AbortController().signal)).toMatchObject({
      status: 'fail',
      message: expect.stringContaining('/nowhere/token cannot be read (ENOENT)'),
      advice: expect.stringContaining('`sasl.tokenFile`'),
    });
  });
});
