import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../../support/cli/run.ts';
import { freePort } from '../../support/free-port.ts';
import { SLACK_CANARY_PATH, type SlackReceiver, startSlackReceiver } from '../../support/servers/slack-receiver.ts';
import { type SmtpServer, startSmtp } from '../../support/servers/smtp.ts';
import { makeTempDir, type TempDir } from '../../support/temp-dir.ts';

let dir: TempDir;
let slack: SlackReceiver;
let smtp: SmtpServer;

beforeAll(async () => {
  dir = await makeTempDir('notify');
  slack = await startSlackReceiver();
  smtp = await startSmtp();
});
afterEach(() => slack.script());
afterAll(async () => {
  await slack.stop();
  await smtp.stop();
  await dir.remove();
});

function configure(notify: readonly object[]): string {
  const policy = {
    apiVersion: 'lazaret.dev/v1',
    kind: 'ImagePolicy',
    metadata: { name: 'all' },
    spec: {
      images: ['**'],
      require: [{ name: 'signed', signature: { signer: { issuer: 'https://i.example', subject: 'me' } } }],
    },
  };
  writeFileSync(join(dir.path, 'policy.yaml'), JSON.stringify(policy));
  const registries = [{ id: 'prod', url: 'https://registry.example.com' }];
  const file = join(dir.path, 'lazaret.yaml');
  writeFileSync(file, JSON.stringify({ registries, policies: ['policy.yaml'], notify }));
  return file;
}

const security = () => ({ kind: 'slack', id: 'security', url: `http://127.0.0.1:${slack.port}${SLACK_CANARY_PATH}` });
const mailTo = (port: number, id = 'oncall') => ({
  kind: 'email',
  id,
  smtp: { host: '127.0.0.1', port, security: 'none' },
  from: 'lazaret@acme.example',
  to: ['oncall@acme.example'],
});

describe('lazaret notify test', () => {
  it('sends a message that says it is a test through every sink: exit 0', async () => {
    const file = configure([security(), mailTo(smtp.port)]);
    const { code, out, err } = await run(['notify', 'test', '--config', file]);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toBe('ok   security (slack): took the test message\nok   oncall (email): took the test message');
    const [posted] = await slack.waitForRequests(1);
    expect(posted?.body).toContain('This is a test');
    const [mail] = await smtp.waitForMessages(1);
    expect(mail?.parsed.text).toContain('This is a test');
  });

  it('sends through one sink alone, by its id', async () => {
    const before = { slack: slack.requests.length, mail: smtp.messages.length };
    const file = configure([security(), mailTo(smtp.port)]);
    expect((await run(['notify', 'test', 'security', '--config', file])).code).toBe(0);
    expect(slack.requests.length).toBe(before.slack + 1);
    expect(smtp.messages.length).toBe(before.mail);
  });

  it('one sink that is down does not hide the others: exit 3, and what to do', async () => {
    const file = configure([mailTo(await freePort(), 'gone'), security()]);
    const { code, out } = await run(['notify', 'test', '--config', file, '--output', 'json']);
    expect(code).toBe(3);
    expect(JSON.parse(out).sinks).toMatchObject([
      { id: 'gone', kind: 'email', ok: false, code: 'SINK_UNREACHABLE', hint: expect.any(String) },
      { id: 'security', kind: 'slack', ok: true, code: null },
    ]);
  });

  it('says what Slack says, never its address', async () => {
    slack.script({ status: 404, body: 'no_service' });
    const { code, out, err } = await run(['notify', 'test', '--config', configure([security()])]);
    expect(code).toBe(3);
    expect(out).toContain('SINK_REFUSED');
    expect(out + err).not.toMatch(/canary/i);
  });

  it('names the nearest sink for one there is not: USAGE_INVALID, exit 2', async () => {
    const { code, err } = await run(['notify', 'test', 'secruity', '--config', configure([security()])]);
    expect(code).toBe(2);
    expect(err).toContain('there is no sink "secruity" (USAGE_INVALID)');
    expect(err).toContain('Did you mean security?');
  });

  it('says that nobody is configured: exit 2', async () => {
    const { code, err } = await run(['notify', 'test', '--config', configure([])]);
    expect(code).toBe(2);
    expect(err).toContain('the configuration names nobody to tell');
  });
});
