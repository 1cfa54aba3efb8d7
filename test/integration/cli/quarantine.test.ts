import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openRecords } from '../../../src/compose/open-database.ts';
import type { Digest } from '../../../src/domain/digest.ts';
import type { Subject } from '../../../src/domain/subject.ts';
import type { Outcome } from '../../../src/domain/verdict.ts';
import { storableJson } from '../../../src/kit/storable-json.ts';
import type { Records } from '../../../src/records/create-records.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../../src/records/server/embedded-postgres.ts';
import { run } from '../../support/cli/run.ts';
import { pullDigest } from '../../support/oci-push.ts';
import { describeWithPart } from '../../support/parts.ts';
import { pushImage } from '../../support/push-image.ts';
import { digestNamed, judgeDecision, verdictOf } from '../../support/records/samples.ts';
import { startDistribution } from '../../support/servers/distribution.ts';
import { startOlareg } from '../../support/servers/olareg.ts';
import { makeTempDir, type TempDir } from '../../support/temp-dir.ts';

const logger = pino({ level: 'silent' });
const REPOSITORY = 'acme/app';

let dir: TempDir;
let database: EmbeddedPostgres | undefined;
let records: Records;

/** Brings up the embedded database, as a running daemon has it. */
async function startDatabase(): Promise<void> {
  database = await startEmbeddedPostgres({ dataDir: join(dir.path, 'data'), logger });
  records = await openRecords(database.connection, logger);
}

async function stopDatabase(): Promise<void> {
  await records.close();
  await database?.stop();
  database = undefined;
}

/** Puts an image on record with this final verdict. */
async function judged(subject: Subject, outcome: Outcome): Promise<void> {
  const context = { now: new Date(), policyRevision: 'r', trustEpoch: 1 };
  const origin = { sourceId: 'hook', registryId: subject.registryId };
  const [receipt] = await records.inbox.accept(origin, [judgeDecision(subject)], context);
  const start = await records.judgements.begin(receipt!.judge!.subjectId, context);
  const decision = {
    findings: storableJson([]),
    effects: () => [],
    children: [],
    nextCheckAt: null,
    final: true,
    ...context,
  };
  await records.judgements.decide(start!, { verdict: verdictOf(outcome), ...decision });
}

function configure(url: string, more: object = {}): string {
  mkdirSync(dir.path, { recursive: true });
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
  const file = join(dir.path, 'lazaret.yaml');
  const registry = { id: 'prod', url, plainHttp: true, repositories: ['acme/**'], writeCredentials: 'none', ...more };
  writeFileSync(file, JSON.stringify({ registries: [registry], policies: ['policy.yaml'], dataDir: 'data' }));
  return file;
}

beforeAll(async () => {
  dir = await makeTempDir('mark');
  await startDatabase();
});
afterAll(async () => {
  if (database !== undefined) await stopDatabase();
  await dir.remove();
});

describeWithPart(['olareg', 'registry'], 'lazaret quarantine', () => {
  let registry: { readonly url: string; readonly host: string; stop(): Promise<void> };
  let config: string;

  beforeAll(async () => {
    registry = await startOlareg();
    config = configure(registry.url);
  });
  afterAll(() => registry.stop());

  async function failing(tag: string): Promise<{ image: string; digest: Digest; mark: string; subject: Subject }> {
    const { digest } = await pushImage(registry.url, REPOSITORY, tag);
    const subject = { registryId: 'prod', repository: REPOSITORY, digest };
    await judged(subject, 'fail-missing');
    const image = `${registry.host}/${REPOSITORY}@${digest}`;
    return { image, digest, mark: `quarantined-${digest.slice(7)}`, subject };
  }

  const quarantine = (...args: readonly string[]) => run(['quarantine', ...args, '--config', config]);
  const tagged = (mark: string) => pullDigest(registry.url, REPOSITORY, mark);

  it('apply puts our tag on a failing image, in the registry and on record, beside a running daemon', async () => {
    const { image, digest, mark, subject } = await failing('one');
    const { code, out, err } = await quarantine('apply', image);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(unwrapped(out)).toContain(`The tag ${mark} was put on it.`);
    expect(await tagged(mark)).toBe(digest);
    const history = await records.query.readHistory(subject);
    expect(history?.subject).toMatchObject({ mark: 'quarantined', markTag: mark });
    expect(history?.effects).toMatchObject([{ kind: 'quarantine', state: 'done', result: 'tagged' }]);
  });

  it('rehearsal prints what was put on record instead of being written, as a table, JSON and CSV', async () => {
    const { subject, image, mark } = await failing('rehearsed');
    const planned = { now: new Date(), tag: mark, by: 'test', effects: [] };
    const [ref] = await records.manual.request(subject, 'quarantine', planned);
    await records.outbox.begin(ref!.id, new Date());
    await records.outbox.finish(ref!.id, { now: new Date(), result: 'rehearsed', rehearsedMark: mark });
    const asJson = await quarantine('rehearsal', '-o', 'json');
    const { writes } = JSON.parse(asJson.out) as { writes: { image: string; mark: string }[] };
    expect(writes.find((write) => write.image === image)).toMatchObject({
      what: 'put on',
      mark,
      code: 'SIGNATURE_MISSING',
    });
    const table = await quarantine('rehearsal', '--since', '1h');
    expect(table.out).toMatch(/^WHEN +MARK +CODE +IMAGE\n.* put on /);
    expect(table.err).toContain('1 image would have been marked');
    expect(table.err).toContain('No registry is rehearsed in by now');
    expect((await quarantine('rehearsal', '-o', 'csv')).out).toContain(`put on,${image},`);
    expect(await quarantine('rehearsal', '--since', 'soon')).toMatchObject({ code: 2 });
  });

  it('resume shows what a limit holds and the plan, asks, and lets it go in the name of who ran it', async () => {
    const { subject, mark } = await failing('held');
    const now = new Date();
    const [ref] = await records.manual.request(subject, 'quarantine', { now, tag: mark, by: 'test', effects: [] });
    await records.outbox.begin(ref!.id, now);
    const later = new Date(now.getTime() + 3_600_000);
    await records.outbox.fail(ref!.id, { now, error: 'It is reached.', held: true, limitedBy: 'all', retryAt: later });
    const isLetGo = async () => (await records.held.readHeld({ limit: 10 })).held[0]?.resumedBy ?? null;

    const dry = await quarantine('resume', '--dry-run');
    expect(dry).toMatchObject({ code: 0, err: 'Nothing was done.' });
    expect(dry.out).toContain('SIGNATURE_MISSING  1 image');
    expect(unwrapped(dry.out)).toContain('written at most 20 an hour (quarantine.breaker.perHour)');
    expect((await quarantine('resume', '--repository', 'acme/other', '--dry-run')).out).toContain(
      'No quarantine is held',
    );
    expect(await quarantine('resume')).toMatchObject({ code: 2, err: expect.stringContaining('--yes') });
    const answered = (answer: string) => run(['quarantine', 'resume', '--config', config], { answer: () => answer });
    expect(await answered('')).toMatchObject({ code: 0, err: 'Nothing was done.' });
    expect(await isLetGo()).toBeNull();

    expect(await answered('y')).toMatchObject({ code: 0, err: '1 quarantine was let go.' });
    expect(await isLetGo()).toMatch(/command line/);
    const [entry] = await records.audit.readAudit(1);
    expect(entry).toMatchObject({ act: 'resume', by: await isLetGo(), about: { quarantines: 1 } });
    expect(JSON.parse((await quarantine('resume', '--yes', '-o', 'json')).out)).toMatchObject({
      resumed: 0,
      alreadyResumed: 1,
    });
    await records.outbox.supersede(ref!.id, 'the test is over', now);
  });

  it('list shows it, with the sentence that explains it', async () => {
    const { image, mark } = await failing('two');
    await quarantine('apply', image);
    const { out, err } = await quarantine('list');
    expect(out).toContain(image);
    expect(out).toContain('The image is fail-missing.');
    expect(err).toMatch(/\d+ images? (is|are) quarantined\./);
    const json = JSON.parse((await quarantine('list', '--output', 'json')).out);
    expect(json.images).toContainEqual(
      expect.objectContaining({ image, quarantineTag: mark, outcome: 'fail-missing' }),
    );
  });

  it('list shows what fails in one repository, whether it carries our tag or not', async () => {
    const { image, digest } = await failing('untagged');
    await judged({ registryId: 'prod', repository: 'acme/other', digest }, 'fail-evidence');
    await judged({ registryId: 'prod', repository: REPOSITORY, digest: digestNamed('passing') }, 'pass');
    const list = async (
      ...args: readonly string[]
    ): Promise<readonly { image: string; quarantineTag: string | null }[]> =>
      JSON.parse((await quarantine('list', '--output', 'json', ...args)).out).images;
    const here = image.split('@')[0]!;
    const shown = await list('--failing', '--repository', here);
    expect(shown).toContainEqual(expect.objectContaining({ image, quarantineTag: null }));
    expect(
      shown.every((each) => each.image.startsWith(`${here}@`) && !each.image.includes(digestNamed('passing'))),
    ).toBe(true);
    expect((await list('--failing')).length).toBeGreaterThan(shown.length);
    expect((await list('--repository', here)).map((each) => each.image)).not.toContain(image);
    const { out, err } = await quarantine('list', '--failing', '--repository', here);
    expect(out).toContain('no quarantine mark');
    expect(err).toMatch(/\d+ images? (is|are) failing\./);
    expect((await quarantine('list', '--repository', 'no/such:')).code).toBe(2);
  });

  it('release takes it off again, and the image stays', async () => {
    const { image, digest, mark, subject } = await failing('three');
    await quarantine('apply', image);
    const { code, out } = await quarantine('release', image, '--output', 'json');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ image, action: 'release', tag: mark, dryRun: false, done: 'untagged' });
    expect(await tagged(mark)).toBeNull();
    expect(await pullDigest(registry.url, REPOSITORY, digest)).toBe(digest);
    expect((await records.query.readHistory(subject))?.subject.mark).toBe('released');
  });

  it('--dry-run says what would be done and does none of it', async () => {
    const { image, digest, mark, subject } = await failing('four');
    const apply = await quarantine('apply', image, '--dry-run');
    expect(apply.code).toBe(0);
    expect(unwrapped(apply.out)).toContain(`The tag ${mark} would be put on it.`);
    expect(await tagged(mark)).toBeNull();
    await quarantine('apply', image);
    const release = await quarantine('release', image, '--dry-run');
    expect(release.code).toBe(0);
    expect(unwrapped(release.out)).toContain(`The tag ${mark} would be deleted`);
    expect(await tagged(mark)).toBe(digest);
    expect((await records.query.readHistory(subject))?.effects).toHaveLength(1);
  });

  it('done twice is done once, and says so', async () => {
    const { image, digest, mark } = await failing('five');
    await quarantine('apply', image);
    expect((await quarantine('apply', image)).code).toBe(0);
    expect(await tagged(mark)).toBe(digest);
    await quarantine('release', image);
    const again = await quarantine('release', image);
    expect(again.code).toBe(0);
    expect(unwrapped(again.out)).toContain(`There is no tag ${mark} to take off.`);
  });

  it('refuses an image that was never judged: SUBJECT_UNKNOWN, exit 2', async () => {
    const { code, err } = await quarantine('apply', `${registry.host}/${REPOSITORY}@${digestNamed('nobody')}`);
    expect(code).toBe(2);
    expect(err).toContain('this image was never judged here (SUBJECT_UNKNOWN)');
  });

  it('refuses to quarantine what passes: VERDICT_NOT_FAILING, exit 2', async () => {
    const { digest } = await pushImage(registry.url, REPOSITORY, 'good');
    await judged({ registryId: 'prod', repository: REPOSITORY, digest }, 'pass');
    const { code, err } = await quarantine('apply', `${registry.host}/${REPOSITORY}@${digest}`);
    expect(code).toBe(2);
    expect(err).toContain('VERDICT_NOT_FAILING');
  });

  it.each([
    ['acme/app:v1', 'the image must be named by its digest'],
    [`registry.example.com/acme/app@${digestNamed('x')}`, 'no configured registry has the host registry.example.com'],
  ])('refuses %s: REFERENCE_INVALID, exit 2', async (image, message) => {
    const { code, err } = await quarantine('release', image);
    expect(code).toBe(2);
    expect(err).toContain(`${message} (REFERENCE_INVALID)`);
  });

  it('without write credentials nothing is asked for: exit 3, and says what to configure', async () => {
    const { image, subject } = await failing('six');
    const readOnly = configure(registry.url, { writeCredentials: undefined });
    const { code, err } = await run(['quarantine', 'apply', image, '--config', readOnly]);
    configure(registry.url);
    expect(code).toBe(3);
    expect(err).toContain('writeCredentials');
    expect((await records.query.readHistory(subject))?.effects).toEqual([]);
  });

  it('a registry that does not answer: exit 3, and the change stays on record to be tried again', async () => {
    const { image, subject } = await failing('seven');
    await registry.stop();
    const { code, err } = await quarantine('apply', image);
    expect(code).toBe(3);
    expect(err).toContain('REGISTRY_UNREACHABLE');
    const history = await records.query.readHistory(subject);
    expect(history?.effects).toMatchObject([{ kind: 'quarantine', state: 'pending' }]);
    expect(history?.effects[0]?.error).toContain('REGISTRY_UNREACHABLE');
    registry = await startOlareg();
    config = configure(registry.url);
  });

  it('on a registry that deletes no tags, release points our tag to "released"', async () => {
    const old = await startDistribution();
    try {
      const file = configure(old.url);
      const { digest } = await pushImage(old.url, REPOSITORY, 'v1');
      await judged({ registryId: 'prod', repository: REPOSITORY, digest }, 'fail-evidence');
      const image = `${new URL(old.url).host}/${REPOSITORY}@${digest}`;
      await run(['quarantine', 'apply', image, '--config', file]);
      const { code, out } = await run(['quarantine', 'release', image, '--config', file]);
      expect(code).toBe(0);
      expect(unwrapped(out)).toContain('now points to a small artifact that says "released"');
      for (const line of out.split('\n')) expect(line.length).toBeLessThanOrEqual(100);
      const again = await run(['quarantine', 'apply', image, '--config', file, '--dry-run']);
      expect(unwrapped(again.out)).toMatch(/The tag quarantined-[0-9a-f]{64} would be put on it\./);
    } finally {
      await old.stop();
      configure(registry.url);
    }
  });

  it('works where no daemon runs: it starts the database for itself, and stops it', async () => {
    const { image, digest, mark } = await failing('eight');
    await stopDatabase();
    const applied = await quarantine('apply', image);
    expect(applied).toMatchObject({ code: 0, err: '' });
    expect(await tagged(mark)).toBe(digest);
    expect((await quarantine('list')).out).toContain(image);
    // The folder is free again.
    await startDatabase();
  });
});

/** As one line: where it is broken depends on the terminal. */
function unwrapped(text: string): string {
  return text.replaceAll(/\n +/g, ' ');
}

describe('lazaret quarantine, before any daemon ran', () => {
  it('list is empty, and makes no database', async () => {
    const fresh = await makeTempDir('fresh');
    try {
      writeFileSync(
        join(fresh.path, 'lazaret.yaml'),
        JSON.stringify({
          registries: [{ id: 'prod', url: 'http://127.0.0.1:1', plainHttp: true }],
          policies: [join(dir.path, 'policy.yaml')],
        }),
      );
      const file = join(fresh.path, 'lazaret.yaml');
      configure('http://127.0.0.1:1');
      const { code, out } = await run(['quarantine', 'list', '--config', file, '-o', 'json']);
      expect({ code, report: JSON.parse(out) }).toEqual({ code: 0, report: { images: [] } });
      const release = await run(['quarantine', 'release', `127.0.0.1:1/a@${digestNamed('x')}`, '--config', file]);
      expect(release).toMatchObject({ code: 2, err: expect.stringContaining('SUBJECT_UNKNOWN') });
    } finally {
      await fresh.remove();
    }
  });
});
