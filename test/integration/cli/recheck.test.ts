import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openRecords } from '../../../src/compose/open-database.ts';
import { storableJson } from '../../../src/kit/storable-json.ts';
import type { Records } from '../../../src/records/create-records.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../../src/records/server/embedded-postgres.ts';
import { run } from '../../support/cli/run.ts';
import { describeWithPart } from '../../support/parts.ts';
import { pushImage } from '../../support/push-image.ts';
import { digestNamed, judgeDecision, verdictOf } from '../../support/records/samples.ts';
import { startOlareg } from '../../support/servers/olareg.ts';
import { makeTempDir, type TempDir } from '../../support/temp-dir.ts';

const REPOSITORY = 'acme/app';
const logger = pino({ level: 'silent' });

describeWithPart('olareg', 'lazaret recheck', () => {
  let dir: TempDir;
  let database: EmbeddedPostgres;
  let records: Records;
  let registry: Awaited<ReturnType<typeof startOlareg>>;
  let config: string;

  beforeAll(async () => {
    dir = await makeTempDir('recheck');
    database = await startEmbeddedPostgres({ dataDir: join(dir.path, 'data'), logger });
    records = await openRecords(database.connection, logger);
    registry = await startOlareg();
    const policy = {
      apiVersion: 'lazaret.dev/v1',
      kind: 'ImagePolicy',
      metadata: { name: 'all' },
      spec: { images: ['**'], require: [{ name: 'signed', signature: { signer: { issuer: 'i', subject: 'me' } } }] },
    };
    writeFileSync(join(dir.path, 'policy.yaml'), JSON.stringify(policy));
    config = join(dir.path, 'lazaret.yaml');
    const entry = { id: 'prod', url: registry.url, plainHttp: true, repositories: ['acme/**'] };
    writeFileSync(config, JSON.stringify({ registries: [entry], policies: ['policy.yaml'], dataDir: 'data' }));
  });
  afterAll(async () => {
    await registry?.stop();
    await records?.close();
    await database?.stop();
    await dir.remove();
  });

  const recheck = (...args: readonly string[]) => run(['recheck', ...args, '--config', config]);
  const context = { policyRevision: 'r', trustEpoch: 1 };

  async function failing(tag: string): Promise<{ image: string; name: string; id: string }> {
    const { digest } = await pushImage(registry.url, REPOSITORY, tag);
    const now = new Date();
    const subject = { registryId: 'prod', repository: REPOSITORY, digest };
    const origin = { sourceId: 'hook', registryId: 'prod' };
    const [receipt] = await records.inbox.accept(origin, [judgeDecision(subject)], { now, ...context });
    const id = receipt?.judge?.subjectId ?? '';
    const start = await records.judgements.begin(id, { now });
    if (start === null) throw new Error('expected something to judge');
    await records.judgements.decide(start, {
      verdict: verdictOf('fail-missing'),
      findings: storableJson([]),
      effects: () => [],
      children: [],
      final: true,
      nextCheckAt: new Date(now.getTime() + 3_600_000),
      now,
      ...context,
    });
    const host = `${registry.host}/${REPOSITORY}`;
    return { image: `${host}@${digest}`, name: `${host}:${tag}`, id };
  }

  const due = async () =>
    (await records.due.findDue({ now: new Date(), ...context, registryIds: ['prod'] }, 100)).map(
      ({ subjectId }) => subjectId,
    );

  it('has images looked at by the next round of the daemon, named by digest or tag, and says their verdict so far', async () => {
    const [one, two] = [await failing('one'), await failing('two')];
    const dry = await recheck(one.image, '--dry-run');
    expect(dry).toMatchObject({ code: 0, err: 'It would be looked at again. Nothing was done.' });
    expect((await recheck('--failing', '--dry-run')).out).toMatch(/^\d+ images? would be looked at again/);
    expect(await due()).toEqual([]);
    const { code, out, err } = await recheck(one.image, two.name);
    expect(code).toBe(0);
    for (const { image } of [one, two]) expect(out).toContain(image);
    expect(out).toContain('fail-missing so far: The image is fail-missing.');
    expect(err).toContain('looked at again by the daemon');
    expect((await due()).toSorted()).toEqual([one.id, two.id].toSorted());
  });

  it('--failing has all looked at that fail, and says how many', async () => {
    const { id } = await failing('three');
    const { code, out } = await recheck('--failing', '--output', 'json');
    expect(code).toBe(0);
    expect(JSON.parse(out).asked).toBeGreaterThanOrEqual(1);
    expect(await due()).toContain(id);
  });

  it.each([
    ['what was never announced', () => [`${registry.host}/${REPOSITORY}@${digestNamed('nobody')}`], 'SUBJECT_UNKNOWN'],
    ['a tag that does not exist', () => [`${registry.host}/${REPOSITORY}:nothing`], 'the registry has no such image'],
    ['nothing', () => [], 'got neither'],
    ['images and --failing', () => ['--failing', `${registry.host}/${REPOSITORY}:one`], 'got both'],
  ])('refuses %s, exit 2', async (_, args, words) => {
    const { code, out, err } = await recheck(...args());
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(words);
  });
});
