import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../../support/cli/run.ts';
import { makeTempDir, type TempDir } from '../../support/temp-dir.ts';

const GOOD = `
registries:
  - id: prod
    url: https://registry.example.com
    repositories: ["acme/**"]
    credentials: { username: robot, passwordFile: registry-password }
    writeCredentials: { username: tagger, passwordEnv: TAGGER_PASSWORD }
sources:
  - { kind: webhook, id: hook, dialect: harbor, registry: prod, authorizationFile: registry-password }
policies: ["policy.yaml"]
notify:
  - { kind: slack, id: security, urlEnv: SLACK_URL }
`;

const POLICY = `
apiVersion: lazaret.dev/v1
kind: ImagePolicy
metadata: { name: acme-apps }
spec:
  images: ["registry.example.com/acme/**"]
  require:
    - name: signed by us
      signature: { signer: { issuer: https://issuer.example, subject: us@acme.example } }
`;

const ENV = { TAGGER_PASSWORD: 'canary-tagger', SLACK_URL: 'https://hooks.slack.com/services/canary' };

let dir: TempDir;

function write(name: string, text: string): string {
  writeFileSync(join(dir.path, name), text);
  return join(dir.path, name);
}

async function check(text: string, ...more: readonly string[]) {
  const file = write('lazaret.yaml', text);
  const result = await run(['config', 'check', '--config', file, ...more], { env: ENV });
  return { ...result, file };
}

beforeAll(async () => {
  dir = await makeTempDir('config');
  write('registry-password', 'canary-reader\n');
  write('policy.yaml', POLICY);
});
afterAll(() => dir.remove());

describe('lazaret config check', () => {
  it('a file that is JSON and no trust root: TRUST_ROOT_INVALID that names it, exit 2', async () => {
    const root = write('root.json', '{}');
    const { code, err } = await check(`${GOOD}trust: [{ name: acme, trustedRootFile: root.json }]\n`);
    expect(code).toBe(2);
    expect(err).toContain(`${root} cannot be used as a trust root (TRUST_ROOT_INVALID)`);
    expect(err).toContain('mediaType: expected the media type of a Sigstore trusted root');
  });

  it('a trust root that Lazaret came with and that has less than is asked of it: exit 2', async () => {
    const { code, err } = await check(`${GOOD}trust: [{ name: sigstore, thresholds: { log: 8 } }]\n`);
    expect(code).toBe(2);
    expect(err).toContain('the trust root "sigstore" cannot be used');
    expect(err).toContain('tlogs: expected at least 8 by its threshold');
  });

  it('a file that is no first root of a TUF repository: exit 2', async () => {
    const root = write('tuf-root.json', '{}');
    const entry = '{ name: acme, tuf: { url: "https://tuf.example.com", rootFile: tuf-root.json } }';
    const { code, err } = await check(`${GOOD}trust: [${entry}]\n`);
    expect(code).toBe(2);
    expect(err).toContain(root);
    expect(err).toContain('Whoever runs the repository publishes it as 1.root.json.');
  });

  it('says what the daemon would do: exit 0', async () => {
    const { code, out, err } = await check(GOOD);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out.replaceAll(dir.path, '')).toMatchInlineSnapshot(`
      "/lazaret.yaml
        looks at acme/** in prod (registry.example.com), and may write its own tags
        hears of pushes to prod from webhook hook (dialect harbor)
        judges by acme-apps
        quarantines with the tag quarantined-{digest}, at most 20 images an hour and 5 of one repository
        tells security (slack)
        keeps its record in its own PostgreSQL under /lazaret-data
        queues in PostgreSQL
        listens on 127.0.0.1:8080
      The configuration is in order."
    `);
  });

  it('prints the same as JSON, and no secret in either', async () => {
    const { code, out } = await check(GOOD, '--output', 'json');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ ok: true, registries: [{ id: 'prod', writable: true }], issues: [] });
    expect(out + (await check(GOOD)).out).not.toContain('canary');
  });

  it('tells what is allowed and probably not meant', async () => {
    const { code, err } = await check(GOOD.replace('registry.example.com\n', 'other.example.com\n'));
    expect(code).toBe(0);
    expect(err).toContain('the policy "acme-apps" covers no repository of any configured registry');
  });

  it('broken YAML: CONFIG_INVALID with file, line and column, exit 2', async () => {
    const { code, out, err, file } = await check('registries: [unclosed\n');
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain('(CONFIG_INVALID)');
    expect(err).toMatch(new RegExp(`${file}:\\d+:\\d+: expected well-formed YAML`));
  });

  it('unknown key: the nearest right one, exit 2', async () => {
    const { code, err, file } = await check(GOOD.replace('notify:', 'notfy:'));
    expect(code).toBe(2);
    expect(err).toContain(`${file}:11:1: unknown key "notfy"`);
    expect(err).toContain('Did you mean "notify"?');
  });

  it('missing secret: SECRET_UNREADABLE, the file that is missing, exit 2', async () => {
    const { code, err } = await check(GOOD.replace('passwordFile: registry-password', 'passwordFile: nowhere'));
    expect(code).toBe(2);
    expect(err).toContain('(SECRET_UNREADABLE)');
    expect(err).toContain(`there is no file ${join(dir.path, 'nowhere')}`);
  });

  it('every fault of configuration and policies at once', async () => {
    write('policy.yaml', POLICY.replace('grace', 'grase').replace('require:', 'requires:'));
    const { code, err } = await check(GOOD.replace('dialect: harbor', 'dialect: habor'));
    write('policy.yaml', POLICY);
    expect(code).toBe(2);
    expect(err).toContain('Did you mean "harbor"?');
    expect(err).toContain('policy.yaml:7:3: unknown key "requires"');
  });

  it('no configuration: CONFIG_NOT_FOUND, where it was looked for, exit 2', async () => {
    const { code, err } = await run(['config', 'check', '--config', join(dir.path, 'none.yaml')]);
    expect(code).toBe(2);
    expect(err).toContain(`there is no file ${join(dir.path, 'none.yaml')}`);
    expect(err).toContain('CONFIG_NOT_FOUND');
  });

  it('prints faults as JSON on stdout for programs', async () => {
    const { code, out, err } = await check('registries: []\n', '-o', 'json');
    expect({ code, err }).toEqual({ code: 2, err: '' });
    expect(JSON.parse(out)).toMatchObject({ ok: false, code: 'CONFIG_INVALID' });
    expect(JSON.parse(out).issues.length).toBeGreaterThan(0);
  });
});

describe('lazaret config schema', () => {
  it('prints a JSON Schema that names every section', async () => {
    const { code, out } = await run(['config', 'schema']);
    expect(code).toBe(0);
    const schema = JSON.parse(out);
    expect(schema.$schema).toContain('json-schema.org');
    expect(Object.keys(schema.properties)).toEqual(
      expect.arrayContaining(['registries', 'sources', 'trust', 'policies', 'quarantine', 'notify', 'dataDir']),
    );
    expect(schema.additionalProperties).toBe(false);
  });
});
