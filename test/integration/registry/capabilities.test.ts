import { describe, expect, it, onTestFinished } from 'vitest';
import { digestOf } from '../../../src/domain/digest.ts';
import { OCI_MANIFEST } from '../../../src/domain/manifest.ts';
import type { RegistryCapabilities } from '../../../src/ports/registry-capabilities.ts';
import { type Answer, refusal, sampleManifest, startHostileRegistry } from '../../support/hostile-registry.ts';
import { pushManifest } from '../../support/oci-push.ts';
import { openEcr } from '../../support/open-ecr.ts';
import { openRegistry } from '../../support/open-registry.ts';
import { describeWithPart } from '../../support/parts.ts';
import { pushToEcr } from '../../support/push-to-ecr.ts';
import { startDistribution } from '../../support/servers/distribution.ts';
import { startEcr } from '../../support/servers/ecr.ts';
import { startOlareg } from '../../support/servers/olareg.ts';

const SAMPLE = sampleManifest();
const MANIFEST = {
  bytes: Buffer.from(SAMPLE.text),
  mediaType: OCI_MANIFEST,
  digest: digestOf(Buffer.from(SAMPLE.text)),
};

/** `untag yes by writing`, … without what is known of the kind alone. */
function learned(capabilities: RegistryCapabilities): readonly string[] {
  return capabilities
    .tell()
    .flatMap(({ capability, support, by }) => (by === 'kind' ? [] : `${capability} ${support} by ${by}`));
}

function supports(capabilities: RegistryCapabilities): Record<string, string> {
  return Object.fromEntries(capabilities.tell().map(({ capability, support }) => [capability, support]));
}

describeWithPart('registry', 'what can be done in distribution', () => {
  it('is told by reading as far as that goes, and by our own writes', async () => {
    const server = await startDistribution();
    onTestFinished(() => server.stop());
    await pushManifest(server.url, 'acme/app', 'v1', Buffer.from('{"schemaVersion":2}'), OCI_MANIFEST).catch(
      () => null,
    );
    const { capabilities, writer, sent } = openRegistry(server.url, {
      repositories: ['acme/app'],
      writeCredentials: { kind: 'none' },
    });
    await capabilities.probe();
    expect(learned(capabilities)).toEqual(['referrers no by reading', 'catalogue yes by reading']);
    expect(supports(capabilities)).toMatchObject({ untag: 'untold', immutable: 'untold' });
    expect(sent.filter((request) => !request.startsWith('GET '))).toEqual([]);
    const answer = await writer?.deleteTag('acme/app', 'quarantined-1');
    // 2.8 deletes no tag and says 400; 3.x knows that this one is not there.
    expect(supports(capabilities)).toMatchObject({ untag: answer === 'refused' ? 'no' : 'untold' });
  });
});

describeWithPart('olareg', 'what can be done in olareg', () => {
  it('is told by reading: it lists referrers and keeps no catalogue', async () => {
    const server = await startOlareg();
    onTestFinished(() => server.stop());
    const { capabilities, sent } = openRegistry(server.url, { repositories: ['acme/app'] });
    await capabilities.probe();
    expect(supports(capabilities)).toMatchObject({ referrers: 'yes', untag: 'untold' });
    expect(supports(capabilities)['catalogue']).not.toBe('yes');
    expect(sent.filter((request) => !request.startsWith('GET '))).toEqual([]);
  });
});

describeWithPart(['moto', 'olareg'], 'what can be done in ECR', () => {
  it('says where tags are immutable, which each repository decides for itself', async () => {
    const ecr = await startEcr();
    onTestFinished(() => ecr.stop());
    await pushToEcr(ecr, 'acme/open', 'v1');
    const open = () => openEcr(ecr, { kind: 'ecr', repositories: ['acme/**'] }).capabilities;
    const before = open();
    await before.probe();
    expect(supports(before)).toMatchObject({ immutable: 'no', catalogue: 'yes', lock: 'yes' });
    await ecr.api('CreateRepository', { repositoryName: 'acme/strict', imageTagMutability: 'IMMUTABLE' });
    const after = open();
    await after.probe();
    expect(after.tell()).toContainEqual(
      expect.objectContaining({ capability: 'immutable', support: 'yes', repository: 'acme/strict', by: 'reading' }),
    );
  }, 60_000);
});

async function open(answer: (method: string, path: string) => Answer | undefined, more: object = {}) {
  const server = await startHostileRegistry(({ method, path }) => answer(method, path));
  onTestFinished(() => server.stop());
  const registry = openRegistry(server.url, {
    repositories: ['acme/app'],
    writeCredentials: { kind: 'none' },
    limits: { retries: 0 },
    ...more,
  });
  return { server, ...registry };
}

const HARBOR_RULES = '/api/v2.0/projects/acme/immutabletagrules';

describe('a registry that answers as its vendor documents', () => {
  it.each([
    ['a rule in force', '[{"id":1,"disabled":false,"action":"immutable","template":"immutable_template"}]', 'yes'],
    ['a rule that is switched off', '[{"id":1,"disabled":true,"action":"immutable"}]', 'no'],
    ['no rule', '[]', 'no'],
  ])('tells by the API of Harbor whether tags are immutable: %s', async (_, body, support) => {
    const { capabilities } = await open((_method, path) => (path.startsWith(HARBOR_RULES) ? { body } : undefined), {
      kind: 'harbor',
      api: { kind: 'harbor' },
    });
    await capabilities.probe();
    expect(supports(capabilities)).toMatchObject({ immutable: support });
  });

  it('leaves it untold where Harbor does not show its rules to a robot', async () => {
    const { capabilities } = await open(
      (_method, path) => (path.startsWith(HARBOR_RULES) ? refusal(403, 'FORBIDDEN') : undefined),
      { kind: 'harbor', api: { kind: 'harbor' } },
    );
    await capabilities.probe();
    expect(supports(capabilities)).toMatchObject({ immutable: 'untold' });
  });

  it('is asked once to delete a tag where it deletes none (GHCR as another host: 405), and no more', async () => {
    const { capabilities, writer, server } = await open((method) =>
      method === 'DELETE' ? refusal(405, 'UNSUPPORTED') : { status: 201 },
    );
    expect(supports(capabilities)).toMatchObject({ untag: 'untold' });
    for (const tag of ['one', 'two']) expect(await writer?.deleteTag('acme/app', tag)).toBe('refused');
    expect(server.requests.map(({ method }) => method)).toEqual(['DELETE']);
    expect(learned(capabilities)).toEqual(['untag no by writing']);
  });

  it('is not taken for one that deletes no tags when it keeps one, or keeps us out', async () => {
    for (const status of [401, 403, 409, 412]) {
      const { capabilities, writer } = await open(() => refusal(status, 'DENIED'));
      expect(await writer?.deleteTag('acme/app', 'one')).toBe('refused');
      expect(supports(capabilities)).toMatchObject({ untag: 'untold' });
    }
  });

  it('corrects what its kind said when it deletes a tag after all', async () => {
    const { capabilities, writer } = await open((method) => (method === 'DELETE' ? { status: 202 } : undefined), {
      kind: 'zot',
    });
    await writer?.deleteTag('acme/app', 'one');
    expect(learned(capabilities)).toEqual(['untag yes by writing']);
  });

  it('is known for immutable tags by its refusal of one of ours (Harbor 412, ECR, Quay)', async () => {
    const other = sampleManifest({ annotations: { an: 'other' } });
    const { capabilities, writer } = await open((method) =>
      method === 'PUT' ? refusal(412, 'PRECONDITION') : other.answer,
    );
    await expect(writer?.putTag('acme/app', 'quarantined-1', MANIFEST)).rejects.toMatchObject({
      code: 'TAG_WRITE_REFUSED',
    });
    expect(learned(capabilities)).toEqual(['immutable yes by writing']);
  });

  it('is never said to lack what could not be asked: down, too many requests, a stranger to us, a server in front', async () => {
    for (const answer of [
      { status: 503 },
      refusal(429, 'TOOMANYREQUESTS'),
      refusal(401, 'UNAUTHORIZED'),
      { status: 404, headers: { server: 'nginx' }, body: '<html>not found</html>' },
    ]) {
      const { capabilities } = await open(() => answer);
      await capabilities.probe(AbortSignal.timeout(5_000));
      expect(learned(capabilities)).toEqual([]);
      expect(supports(capabilities)).toMatchObject({ referrers: 'untold', catalogue: 'untold', untag: 'untold' });
    }
  });
});
