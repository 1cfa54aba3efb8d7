import { afterEach, describe, expect, it } from 'vitest';
import { Secret } from '../../src/kit/secret.ts';
import { createEmailSink, type EmailSinkOptions } from '../../src/notify/email/email-sink.ts';
import { probeSmtp } from '../../src/notify/email/probe-smtp.ts';
import { makeAnnouncement } from '../support/announcements.ts';
import { makeCertificate } from '../support/certificate.ts';
import { HOSTILE_TEXTS } from '../support/hostile-texts.ts';
import { type SmtpOptions, type SmtpServer, startSmtp } from '../support/servers/smtp.ts';
import { describeSink, type SinkStage, type SinkWeather } from './sink.contract.ts';

const PASSWORD = 'canary-mail-password';
const TLS = makeCertificate();
const base64 = (text: string) => Buffer.from(text).toString('base64');
const AUTH = { username: 'lazaret', password: PASSWORD };

function sinkFor(server: SmtpServer, over: Partial<EmailSinkOptions> = {}) {
  return createEmailSink({
    id: 'oncall',
    smtp: { host: server.host, port: server.port, security: 'auto' },
    from: 'lazaret@acme.example',
    to: ['oncall@acme.example'],
    ...over,
  });
}

const signedIn = (server: SmtpServer): EmailSinkOptions['smtp'] => ({
  host: server.host,
  port: server.port,
  security: 'auto',
  ca: TLS.cert,
  username: 'lazaret',
  password: new Secret(PASSWORD),
});

describeSink('e-mail', async ({ timeoutMs }): Promise<SinkStage> => {
  const server = await startSmtp({ auth: AUTH, tls: TLS, startTls: 'required' });
  const weather: Readonly<Record<SinkWeather, () => void>> = {
    'takes messages': () => {
      server.setRefusal(undefined);
      server.setHanging(false);
    },
    'refuses for now': () => server.setRefusal({ code: 451, text: '4.3.0 try again later' }),
    'refuses for good': () => server.setRefusal({ code: 550, text: '5.7.1 relaying denied', at: 'recipient' }),
    'is silent': () => server.setHanging(true),
    'takes without a word': () => server.setHanging('data'),
    'repeats our secrets': () => server.setRefusal({ code: 550, text: `no ${PASSWORD} here` }),
  };
  return {
    sink: sinkFor(server, { smtp: signedIn(server), timeoutMs }),
    secrets: [PASSWORD, base64(PASSWORD), base64(`\u0000lazaret\u0000${PASSWORD}`)],
    setWeather: (next) => weather[next](),
    received: () => server.messages.map(({ parsed }) => [parsed.subject, parsed.text].join('\n')),
    attempts: () => server.attempts(),
    vanish: () => server.stop(),
    stop: () => server.stop(),
  };
});

const servers: SmtpServer[] = [];
const serve = async (options: SmtpOptions = { startTls: 'off' }): Promise<SmtpServer> => {
  const server = await startSmtp(options);
  servers.push(server);
  return server;
};
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop();
});
const notify = (sink: ReturnType<typeof sinkFor>, over = {}) =>
  sink.notify(makeAnnouncement(over), new AbortController().signal);

describe('a mail', () => {
  it('goes to every recipient, as text with an HTML alternative', async () => {
    const server = await serve();
    await notify(sinkFor(server, { to: ['a@acme.example', 'b@acme.example'] }));
    const [mail] = server.messages;
    expect(mail).toMatchObject({ from: 'lazaret@acme.example', to: ['a@acme.example', 'b@acme.example'] });
    expect(mail?.parsed.text).toContain('No provenance was found');
    expect(mail?.parsed.html).toContain('No provenance was found');
    expect(mail?.parsed.subject).toBe('[Lazaret] Image failed: 5f4dcc3b5aa7 registry.example.com/acme/app');
  });

  it('says that a machine wrote it, so that no absence note answers', async () => {
    const server = await serve();
    await notify(sinkFor(server));
    expect(server.messages[0]?.raw).toMatch(/^Auto-Submitted: auto-generated\r$/m);
  });

  it('has the same Message-ID each time, so that a repeat can be recognised, and another for another notice', async () => {
    const server = await serve();
    await notify(sinkFor(server));
    await notify(sinkFor(server), { mayBeRepeat: true });
    await notify(sinkFor(server), { id: 'another' });
    const [first, second, third] = server.messages.map(({ parsed }) => parsed.messageId);
    expect(first).toMatch(/^<[0-9a-f]{32}@acme\.example>$/);
    expect(second).toBe(first);
    expect(third).not.toBe(first);
  });

  it('refers to the image it is about, so that the end of a failure stands below its beginning', async () => {
    const server = await serve();
    await notify(sinkFor(server), { id: 'began', kind: 'failed' });
    await notify(sinkFor(server), { id: 'ended', kind: 'resolved' });
    await notify(sinkFor(server), { id: 'began', kind: 'failed', image: 'registry.example.com/acme/other' });
    const [began, ended, other] = server.messages.map(({ parsed }) => parsed.references);
    expect(began).toMatch(/^<[0-9a-f]{32}@acme\.example>$/);
    expect(ended).toBe(began);
    expect(other).not.toBe(began);
  });

  it('may come from a name as well as an address', async () => {
    const server = await serve();
    for (const from of ['Lazaret <lazaret@acme.example>', '"Harbour, Acme" <lazaret@acme.example>']) {
      await notify(sinkFor(server, { from }));
    }
    expect(server.messages.map(({ from }) => from)).toEqual(['lazaret@acme.example', 'lazaret@acme.example']);
    expect(server.messages.map(({ parsed }) => parsed.from?.value[0]?.name)).toEqual(['Lazaret', 'Harbour, Acme']);
    expect(server.messages[1]?.parsed.messageId).toMatch(/@acme\.example>$/);
  });

  it('E7: has no header and no recipient an attacker put there', async () => {
    const server = await serve();
    const sink = sinkFor(server);
    await Promise.all(HOSTILE_TEXTS.map((text) => notify(sink, { image: text, id: text, tags: [text], reason: text })));
    expect(server.messages).toHaveLength(HOSTILE_TEXTS.length);
    const names = new Set(server.messages.map(({ parsed }) => [...parsed.headers.keys()].toSorted().join()));
    for (const list of names) {
      expect(list.replace('x-lazaret-notice,', '').replace(',x-lazaret-notice', '')).toBe(
        'auto-submitted,content-type,date,from,message-id,mime-version,references,subject,to',
      );
    }
    for (const { to, raw, parsed } of server.messages) {
      expect(to).toEqual(['oncall@acme.example']);
      expect(raw.split('\r\n\r\n')[0]).not.toMatch(/^bcc:/im);
      expect(parsed.subject).toMatch(/^\[Lazaret\] Image failed: 5f4dcc3b5aa7/);
      expect(parsed.attachments).toEqual([]);
    }
  });
});

describe('the connection', () => {
  it('is opened with the domain of the sender as our name, or with the one that is configured', async () => {
    const server = await serve();
    const { host, port } = server;
    await notify(sinkFor(server));
    await notify(
      sinkFor(server, {
        from: 'lazaret@localhost',
        smtp: { host, port, security: 'auto', name: 'relay.acme.example' },
      }),
    );
    expect(server.names).toEqual(['acme.example', 'relay.acme.example']);
  });

  it('names `smtp.security` where STARTTLS is wanted and not offered', async () => {
    const server = await serve({ auth: AUTH, startTls: 'off' });
    await expect(notify(sinkFor(server, { smtp: signedIn(server) }))).rejects.toMatchObject({
      code: 'SINK_REFUSED',
      hint: expect.stringMatching(/STARTTLS.*`smtp\.security` to `tls`/),
    });
  });

  it('names `smtp.security` where a port does not begin with TLS', async () => {
    const server = await serve();
    const { host, port } = server;
    await expect(notify(sinkFor(server, { smtp: { host, port, security: 'tls' } }))).rejects.toMatchObject({
      hint: expect.stringContaining('`smtp.security` to `starttls`'),
    });
  });

  it.each([421, 504])('names `smtp.name` where our name is refused at the recipient (%i)', async (code) => {
    const server = await serve();
    server.setRefusal({
      code,
      text: '5.5.2 <x>: Helo command rejected: need fully-qualified hostname',
      at: 'recipient',
    });
    await expect(notify(sinkFor(server))).rejects.toMatchObject({
      code: code < 500 ? 'SINK_UNREACHABLE' : 'SINK_REFUSED',
      retryable: code < 500,
      hint: expect.stringContaining('`smtp.name`'),
    });
  });

  it.each(['mail', 'recipient'] as const)(
    'is tried up to the message, which is not given: refused at %s',
    async (at) => {
      const server = await serve({ auth: AUTH, tls: TLS, startTls: 'required' });
      const sink = { smtp: signedIn(server), from: 'Lazaret <lazaret@acme.example>', to: ['oncall@acme.example'] };
      await probeSmtp(sink);
      expect(server.attempts()).toBe(1);
      server.setRefusal({ code: 550, text: '5.7.1 no', at });
      await expect(probeSmtp(sink)).rejects.toMatchObject({ code: 'SINK_REFUSED', remoteCode: '550' });
      expect(server.messages).toEqual([]);
    },
  );

  it('signs in over STARTTLS', async () => {
    const server = await serve({ auth: AUTH, tls: TLS, startTls: 'required' });
    await notify(sinkFor(server, { smtp: signedIn(server) }));
    expect(server.messages[0]).toMatchObject({ username: 'lazaret', secure: true });
  });

  it('sends no password where TLS is not offered', async () => {
    const server = await serve({ auth: AUTH, startTls: 'off' });
    await expect(notify(sinkFor(server, { smtp: signedIn(server) }))).rejects.toMatchObject({ name: 'FaultError' });
    expect(server.messages).toEqual([]);
    expect(server.attempts()).toBe(0);
  });

  it('sends nothing to a server whose certificate it does not trust', async () => {
    const server = await serve({ auth: AUTH, startTls: 'required' });
    await expect(notify(sinkFor(server, { smtp: signedIn(server) }))).rejects.toMatchObject({ name: 'FaultError' });
    expect(server.attempts()).toBe(0);
  });

  it('says what to check when the password is wrong', async () => {
    const server = await serve({ auth: AUTH, tls: TLS, startTls: 'required' });
    const smtp = { ...signedIn(server), password: new Secret('another') };
    await expect(notify(sinkFor(server, { smtp }))).rejects.toMatchObject({
      code: 'SINK_REFUSED',
      retryable: false,
      hint: expect.stringContaining('password'),
    });
  });
});

describe('what a mail server answers', () => {
  it.each([
    [
      { code: 421, text: '4.3.2 shutting down', at: 'mail' as const },
      { code: 'SINK_UNREACHABLE', retryable: true },
    ],
    [
      { code: 450, text: '4.2.1 busy', at: 'recipient' as const },
      { code: 'SINK_UNREACHABLE', retryable: true },
    ],
    [
      { code: 452, text: '4.3.1 full', at: 'data' as const },
      { code: 'SINK_UNREACHABLE', retryable: true },
    ],
    [
      { code: 550, text: '5.1.1 unknown', at: 'recipient' as const },
      { code: 'SINK_REFUSED', retryable: false },
    ],
    [
      { code: 552, text: '5.2.2 too large', at: 'data' as const },
      { code: 'SINK_REFUSED', retryable: false },
    ],
    [
      { code: 554, text: '5.7.1 spam', at: 'mail' as const },
      { code: 'SINK_REFUSED', retryable: false },
    ],
  ])('%j is %j', async (refuse, expected) => {
    const server = await serve({ refuse, startTls: 'off' });
    await expect(notify(sinkFor(server))).rejects.toMatchObject({
      ...expected,
      remoteCode: String(refuse.code),
      message: expect.stringContaining(refuse.text),
    });
  });
});

describe('addresses', () => {
  it.each(['', 'oncall', 'a@b, c@d', 'a@b\r\nBcc: c@d', 'a b@c.example'])('are refused when one is %j', (address) => {
    const smtp = { host: '127.0.0.1', port: 587, security: 'auto' } as const;
    const create = (over: object) =>
      createEmailSink({ id: 'x', smtp, from: 'a@acme.example', to: ['b@acme.example'], ...over });
    expect(() => create({ to: [address] })).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
    expect(() => create({ from: address })).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
  });

  it('are refused when there is no recipient', () => {
    const smtp = { host: 'mail', port: 587, security: 'auto' } as const;
    const create = () => createEmailSink({ id: 'x', smtp, from: 'a@acme.example', to: [] });
    expect(create).toThrow('no recipient');
  });
});
