import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openRecords } from '../../../src/compose/open-database.ts';
import type { Finding } from '../../../src/domain/finding.ts';
import { storableJson } from '../../../src/kit/storable-json.ts';
import { judge } from '../../../src/policy/judge/judge.ts';
import type { Decision } from '../../../src/ports/judgements.ts';
import type { Records } from '../../../src/records/create-records.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../../src/records/server/embedded-postgres.ts';
import { run } from '../../support/cli/run.ts';
import { certificate, IMAGE, identityRule, policyOf, signatureBy, verified } from '../../support/findings.ts';
import { digestNamed, judgeDecision } from '../../support/records/samples.ts';
import { createKeyPair } from '../../support/sigstore-world.ts';
import { makeTempDir, type TempDir } from '../../support/temp-dir.ts';

const logger = pino({ level: 'silent' });
const ISSUER = 'https://token.actions.githubusercontent.com';
const OURS = 'https://github.com/acme/app/.github/workflows/release.yml@refs/heads/main';
const THEIRS = 'https://github.com/partner/app/.github/workflows/release.yml@refs/heads/main';

const KEY = createKeyPair();

let dir: TempDir;
let database: EmbeddedPostgres;
let records: Records;

/** Puts an image on record as a daemon with the policy below has judged it. */
async function judged(
  name: string,
  findings: readonly Finding[],
  more: Partial<Decision> = {},
  registryId = 'prod',
): Promise<void> {
  const digest = digestNamed(name);
  const subject = { registryId, repository: 'acme/app', digest };
  const now = new Date();
  const context = { now, policyRevision: 'r', trustEpoch: 1 };
  const origin = { sourceId: 'hook', registryId };
  const [receipt] = await records.inbox.accept(origin, [judgeDecision(subject)], context);
  const start = await records.judgements.begin(receipt!.judge!.subjectId, context);
  const policies = [policyOf([signatureBy([identityRule(OURS)])])];
  const verdict = judge({ policies, noMatch: 'alert', image: IMAGE, digest, findings, now });
  const rest = {
    findings: storableJson(findings),
    effects: () => [],
    children: [],
    nextCheckAt: null,
    final: true,
    ...context,
  };
  await records.judgements.decide(start!, { verdict, ...rest, ...more });
}

function policyFile(path: string, subject: string, trust = 'sigstore'): string {
  const file = join(dir.path, path);
  const signer = { trust, issuer: ISSUER, subject };
  const document = {
    apiVersion: 'lazaret.dev/v1',
    kind: 'ImagePolicy',
    metadata: { name: 'signed' },
    spec: { images: ['registry.example.com/acme/**'], require: [{ name: 'signed by us', signature: { signer } }] },
  };
  writeFileSync(file, JSON.stringify(document));
  return file;
}

const diff = (...args: readonly string[]): ReturnType<typeof run> =>
  run(['policy', 'diff', '--config', join(dir.path, 'lazaret.yaml'), ...args], { width: 400 });

beforeAll(async () => {
  dir = await makeTempDir('policy-diff');
  database = await startEmbeddedPostgres({ dataDir: join(dir.path, 'data'), logger });
  records = await openRecords(database.connection, logger);
  mkdirSync(join(dir.path, 'next'));
  policyFile('policy.yaml', OURS);
  const registry = {
    id: 'prod',
    url: 'https://registry.example.com',
    repositories: ['acme/**'],
    writeCredentials: 'none',
  };
  writeFileSync(join(dir.path, 'release.pub'), KEY.pem);
  const kmsKeys = [{ reference: 'gcpkms://release', publicKeyFile: 'release.pub' }];
  const hub = { id: 'hub', url: 'https://registry-1.docker.io', writeCredentials: 'none' };
  const config = { registries: [registry, hub], policies: ['policy.yaml'], dataDir: 'data', kmsKeys };
  writeFileSync(join(dir.path, 'lazaret.yaml'), JSON.stringify(config));
  await judged('ours', [verified({ signer: certificate(OURS) })]);
  await judged('theirs', [verified({ signer: certificate(THEIRS) })]);
  await judged('unsigned', []);
});
afterAll(async () => {
  await records.close();
  await database.stop();
  await dir.remove();
});

describe('lazaret policy diff', () => {
  it('says that nothing flips under the same policies', async () => {
    expect(await diff('--against', join(dir.path, 'policy.yaml'))).toEqual({
      code: 0,
      out: '3 images on record: 0 would flip, 3 stay.',
      err: '',
    });
  });

  it('says which verdicts flip, and why, for a folder of policies', async () => {
    policyFile('next/policy.yaml', THEIRS);
    const { code, out, err } = await diff('--against', join(dir.path, 'next'));
    expect(code).toBe(0);
    expect(err).toContain('may have more evidence than is on record');
    expect(out).toContain(`fail-evidence → pass  registry.example.com/acme/app@${digestNamed('theirs')}`);
    expect(out).toContain(`pass → fail-evidence  registry.example.com/acme/app@${digestNamed('ours')}`);
    expect(out).toContain(`it is signed by ${OURS}; the policy wants ${THEIRS}`);
    expect(out).toContain('3 images on record: 2 would flip, 1 stay.');
  });

  it('prints the same as one JSON object', async () => {
    policyFile('next/policy.yaml', THEIRS);
    const { out } = await diff('--against', join(dir.path, 'next'), '-o', 'json');
    expect(JSON.parse(out)).toMatchObject({ judged: 3, flips: 2, unknown: 0, changes: [{}, {}] });
  });

  it('judges each image in an index where the record holds them, and says which is missing where it does not', async () => {
    const ours = [verified({ signer: certificate(OURS) })];
    const inherited = { outcome: 'pass', code: 'INHERITED' } as const;
    const child = (name: string, platform: string) => ({ digest: digestNamed(name), platform });
    const attestation = child('index attestation', 'unknown/unknown');
    await judged('index', ours, {
      children: [child('index amd64', 'linux/amd64'), child('index arm64', 'linux/arm64'), attestation],
    });
    await judged('index amd64', ours);
    const byIndex = (name: string, more: Partial<Decision> = {}): Promise<void> => {
      const verdict = { ...judge({ ...question, digest: digestNamed(name), findings: [] }), ...inherited };
      return judged(name, [], { verdict, ...more });
    };
    const question = {
      policies: [policyOf([signatureBy([identityRule(OURS)])])],
      noMatch: 'alert' as const,
      image: IMAGE,
      now: new Date(),
    };
    await byIndex('index arm64');
    await byIndex('index attestation', { isBuildAttestation: true });
    await judged('half an index', ours, {
      children: [child('index amd64', 'linux/amd64'), child('gone', 'linux/s390x')],
    });

    expect(await diff('--against', join(dir.path, 'policy.yaml'))).toMatchObject({
      out: '8 images on record: 0 would flip, 8 stay.',
    });
    const file = policyFile('each.yaml', OURS);
    const document = JSON.parse(readFileSync(file, 'utf8'));
    writeFileSync(file, JSON.stringify({ ...document, spec: { ...document.spec, platforms: 'each' } }));
    const { code, out } = await diff('--against', file);
    expect(code).toBe(0);
    expect(out).toContain(`pass → fail-missing  registry.example.com/acme/app@${digestNamed('index')}`);
    expect(out).toContain('For linux/arm64: Nobody has signed this image');
    expect(out).toContain(`pass → fail-missing  registry.example.com/acme/app@${digestNamed('index arm64')}`);
    expect(out).toContain(`pass → not known  registry.example.com/acme/app@${digestNamed('half an index')}`);
    expect(out).toContain(`of linux/s390x (${digestNamed('gone')}) the record does not tell`);
    expect(out).toContain('8 images on record: 3 would flip, 1 not known, 4 stay.');
  });

  it('reads policies that name a key by its KMS, whose evidence was never tried with it', async () => {
    const file = join(dir.path, 'kms.yaml');
    const cluster = {
      apiVersion: 'policy.sigstore.dev/v1beta1',
      kind: 'ClusterImagePolicy',
      metadata: { name: 'kms' },
    };
    const spec = { images: [{ glob: '**' }], authorities: [{ key: { kms: 'gcpkms://release' } }] };
    writeFileSync(file, JSON.stringify({ ...cluster, spec }));
    const { code, out } = await diff('--against', file);
    expect(code).toBe(0);
    expect(out).toContain('never tried with the key gcpkms://release');
  });

  it('takes images of Docker Hub by the name the daemon gives them', async () => {
    await judged('on the hub', [verified({ signer: certificate(OURS) })], {}, 'hub');
    const file = policyFile('hub.yaml', OURS);
    writeFileSync(file, readFileSync(file, 'utf8').replace('registry.example.com/acme', 'docker.io/acme'));
    const { out } = await diff('--against', file);
    expect(out).not.toContain(digestNamed('on the hub'));
  });

  it('refuses policies with faults, and folders without any', async () => {
    const bad = join(dir.path, 'bad.yaml');
    writeFileSync(bad, 'kind: ImagePolicy');
    expect(await diff('--against', bad)).toMatchObject({ code: 2 });
    expect(await diff('--against', policyFile('unknown.yaml', OURS, 'acme'))).toMatchObject({
      code: 2,
      err: expect.stringContaining('unknown trust root "acme"'),
    });
    mkdirSync(join(dir.path, 'empty'), { recursive: true });
    expect(await diff('--against', join(dir.path, 'empty'))).toMatchObject({ code: 2 });
  });
});
