import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTrustRoots, type ManagedTrustRoots } from '../../../src/trust/create-trust-roots.ts';
import type { TrustLogger } from '../../../src/trust/refresher.ts';
import { parseTrustRoot } from '../../../src/verification/check/parse-trust-root.ts';
import { createSigstoreWorld } from '../../support/sigstore-world.ts';
import { makeTempDir, type TempDir } from '../../support/temp-dir.ts';
import {
  createTufRepository,
  type MirrorTrouble,
  startTufMirror,
  type TufMirror,
  type TufRepository,
} from '../../support/tuf-repository.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const THRESHOLDS = { log: 1, sct: 1, time: 1 };

const [first, second] = [createSigstoreWorld(), createSigstoreWorld()].map((world) => world.trustedRoot);
const [FIRST, SECOND] = [first ?? '', second ?? ''];

let dir: TempDir;
let repository: TufRepository;
let mirror: TufMirror;
/** Simulated milliseconds that have passed. */
let passedMs = 0;
/** How far the clock is from the right time. */
let jumpMs = 0;
const opened: ManagedTrustRoots[] = [];

beforeEach(async () => {
  passedMs = 0;
  jumpMs = 0;
  dir = await makeTempDir('trust');
  repository = createTufRepository();
  mirror = await startTufMirror(repository.publish(FIRST));
  await writeFile(join(dir.path, 'root.json'), repository.pinnedRoot);
});

afterEach(async () => {
  for (const roots of opened.splice(0)) await roots.stop();
  await mirror.stop();
  await dir.remove();
});

async function open(thresholds = THRESHOLDS): Promise<ManagedTrustRoots> {
  const origin = {
    kind: 'tuf' as const,
    url: mirror.url,
    rootFile: join(dir.path, 'root.json'),
    target: 'trusted_root.json',
  };
  const roots = await createTrustRoots({
    trust: [{ name: 'acme', origin, thresholds }],
    dataDir: join(dir.path, 'data'),
    check: parseTrustRoot,
    clock: () => new Date(Date.now() + passedMs + jumpMs),
    elapsedMs: () => performance.now() + passedMs,
  });
  opened.push(roots);
  return roots;
}

function documentOf(roots: ManagedTrustRoots): string | undefined {
  return roots.current().roots.get('acme')?.document;
}

/** The files that keep what was fetched. */
async function keptFile(name: string): Promise<string> {
  const trust = join(dir.path, 'data', 'trust');
  const folder = (await readdir(trust)).find((entry) => entry.startsWith('acme-'));
  return join(trust, folder ?? '', name);
}

describe('a trust root kept by TUF', () => {
  it('is missing, with the reason, until the repository was read once', async () => {
    const roots = await open();
    expect(documentOf(roots)).toBeUndefined();
    expect(roots.current().unavailable?.get('acme')).toContain('never fetched');
    await roots.refresh();
    expect(documentOf(roots)).toBe(FIRST);
    expect(roots.current().unavailable?.size).toBe(0);
  });

  it('is there at once after a restart, without the mirror and under the same epoch', async () => {
    const before = await open();
    await before.refresh();
    mirror.trouble('reset');
    const after = await open();
    expect(documentOf(after)).toBe(FIRST);
    expect(after.epoch()).toBe(before.epoch());
  });

  it('comes under a higher epoch when its content changes, and says so; not when it stays', async () => {
    const roots = await open();
    await roots.refresh();
    const epochs: number[] = [];
    await roots.start(({ epoch }) => epochs.push(epoch));
    const before = roots.epoch();
    await roots.refresh();
    expect(roots.epoch()).toBe(before);
    mirror.serve(repository.publish(FIRST));
    await roots.refresh();
    expect(roots.epoch()).toBe(before);
    mirror.serve(repository.publish(SECOND, { rotateRoot: true }));
    await roots.refresh();
    expect(documentOf(roots)).toBe(SECOND);
    expect(roots.epoch()).toBeGreaterThan(before);
    expect(epochs).toEqual([roots.epoch()]);
  });

  it('asks a warm mirror for two files only', async () => {
    const roots = await open();
    await roots.refresh();
    const before = mirror.requests.length;
    await roots.refresh();
    const gets = mirror.requests.slice(before).filter((request) => request.startsWith('GET'));
    expect(gets).toEqual(['GET /2.root.json', 'GET /timestamp.json']);
  });

  it('D1: refuses an older repository after its own copy was cut short', async () => {
    const old = repository.publish(FIRST);
    mirror.serve(repository.publish(SECOND));
    await (await open()).refresh();
    const state = await keptFile('state.json');
    await writeFile(state, (await readFile(state, 'utf8')).slice(0, 100));
    mirror.serve(old);
    const roots = await open();
    await roots.refresh();
    expect(documentOf(roots)).toBeUndefined();
    expect(roots.concerns().join()).toContain('acme');
    expect(await readdir(join(state, '..'))).toContain('state.json.unreadable');
    mirror.serve(repository.publish(SECOND));
    await roots.refresh();
    expect(documentOf(roots)).toBe(SECOND);
  });

  it('D1: refuses an older repository after its record of versions was lost', async () => {
    const old = repository.publish(FIRST);
    mirror.serve(repository.publish(SECOND));
    await (await open()).refresh();
    await writeFile(await keptFile('versions.json'), '{"root":');
    mirror.serve(old);
    const roots = await open();
    await roots.refresh();
    expect(documentOf(roots)).toBe(SECOND);
  });

  const troubles: readonly MirrorTrouble[] = ['reset', 403, 503, 'wrong-bytes', 'hang'];
  it.each(troubles)(
    'D2: outlives a mirror with %s until its timestamp expires, then is missing, then recovers',
    async (trouble) => {
      const roots = await open();
      await roots.refresh();
      mirror.trouble(trouble);
      // A mirror that hangs is waited for, for seconds each time.
      for (const day of trouble === 'hang' ? [1, 6, 8] : [1, 2, 3, 4, 5, 6, 7, 8]) {
        passedMs = day * DAY_MS;
        mirror.setDate(new Date(Date.now() + passedMs));
        await roots.refresh();
        expect(documentOf(roots), `day ${day}`).toBe(day < 7 ? FIRST : undefined);
        expect(roots.concerns().length, `day ${day}`).toBe(1);
      }
      expect(roots.current().unavailable?.get('acme')).toContain('expired');
      mirror.trouble(undefined);
      mirror.setDate(new Date(Date.now() + passedMs));
      mirror.serve(repository.publish(SECOND, { expires: new Date(Date.now() + 20 * DAY_MS) }));
      await roots.refresh();
      expect(documentOf(roots)).toBe(SECOND);
    },
  );

  it('D2: is nothing to worry about for a day without its mirror, and then is', async () => {
    const roots = await open();
    await roots.refresh();
    passedMs = 23 * HOUR_MS;
    expect(roots.concerns()).toEqual([]);
    passedMs = 25 * HOUR_MS;
    expect(roots.concerns()).toEqual([expect.stringContaining('last refreshed')]);
  });

  it('D2: gives up on a mirror that hangs, and keeps what it has', async () => {
    const roots = await open();
    await roots.refresh();
    mirror.trouble('hang');
    await roots.refresh();
    expect(documentOf(roots)).toBe(FIRST);
  });

  it('D2: a frozen repository does not count as refreshed once its timestamp has expired', async () => {
    const roots = await open();
    await roots.refresh();
    passedMs = 8 * DAY_MS;
    mirror.setDate(new Date(Date.now() + passedMs));
    await roots.refresh();
    expect(documentOf(roots)).toBeUndefined();
  });

  it('D3: a write that was cut off at any byte leaves a root that is right, or none and recovers', async () => {
    await (await open()).refresh();
    const state = await keptFile('state.json');
    const whole = await readFile(state, 'utf8');
    for (const share of [0, 0.1, 0.5, 0.9, 0.999]) {
      await writeFile(state, whole.slice(0, Math.floor(whole.length * share)));
      const roots = await open();
      expect(documentOf(roots)).toBeUndefined();
      await roots.refresh();
      expect(documentOf(roots)).toBe(FIRST);
    }
  });

  it('D3: a crash between its two writes loses a refresh and no version', async () => {
    const roots = await open();
    await roots.refresh();
    const old = await readFile(await keptFile('state.json'), 'utf8');
    const older = repository.publish(SECOND);
    mirror.serve(repository.publish(SECOND));
    await roots.refresh();
    await writeFile(await keptFile('state.json'), old);
    mirror.serve(older);
    const after = await open();
    await after.refresh();
    expect(documentOf(after)).toBe(FIRST);
    mirror.serve(repository.publish(SECOND));
    await after.refresh();
    expect(documentOf(after)).toBe(SECOND);
  });

  it('D3: starts right after kill -9 in the midst of refreshing, time and again', async () => {
    const script = fileURLToPath(new URL('../../support/refresh-forever.ts', import.meta.url));
    const args = [script, mirror.url.href, join(dir.path, 'root.json'), join(dir.path, 'data')];
    for (let kill = 1; kill <= 10; kill += 1) {
      const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
      // Each answer brings a new state, so that every refresh has all of its writes to do.
      for (let refreshes = 0; refreshes < 2; refreshes += 1) {
        await once(child.stdout, 'data');
        mirror.serve(repository.publish(refreshes === 0 ? SECOND : FIRST));
      }
      await setTimeout(Math.random() * 30);
      child.kill('SIGKILL');
      await once(child, 'exit');
      const roots = await open();
      expect([FIRST, SECOND], `kill ${kill}`).toContain(documentOf(roots));
      await roots.refresh();
      expect(documentOf(roots), `kill ${kill}`).toBe(FIRST);
      expect(roots.concerns(), `kill ${kill}`).toEqual([]);
    }
  });

  it('D3: leaves no half-written file behind beside a whole one', async () => {
    await (await open()).refresh();
    const names = await readdir(join(await keptFile('state.json'), '..'));
    expect(names.sort()).toEqual(['state.json', 'versions.json']);
  });

  it('keeps the good root when the repository serves one that verification cannot use', async () => {
    const roots = await open();
    await roots.refresh();
    mirror.serve(repository.publish('{"mediaType":"text/plain"}'));
    await roots.refresh();
    expect(documentOf(roots)).toBe(FIRST);
  });

  it('refuses a repository signed with other keys', async () => {
    const roots = await open();
    mirror.serve(createTufRepository().publish(SECOND));
    await roots.refresh();
    expect(documentOf(roots)).toBeUndefined();
  });

  it('lets go of what it kept when more is asked of it by now, and still refuses what is older', async () => {
    const old = repository.publish(FIRST);
    mirror.serve(repository.publish(SECOND));
    await (await open()).refresh();
    mirror.serve(old);
    const roots = await open({ ...THRESHOLDS, log: 3 });
    await roots.refresh();
    expect(documentOf(roots)).toBeUndefined();
    expect(roots.concerns()).toEqual([expect.stringContaining('serves an older trust root than before')]);
    mirror.serve(repository.publish(SECOND));
    await roots.refresh();
    expect(roots.concerns()).toEqual([expect.stringContaining('expected at least 3 by its threshold, got 2')]);
  });

  it('says what kept it from being fetched, until it is', async () => {
    const roots = await open();
    mirror.trouble(503);
    await roots.refresh();
    expect(roots.current().unavailable?.get('acme')).toMatch(/^it was never fetched: no trust root from 127\.0\.0\.1:/);
    mirror.trouble(undefined);
    await roots.refresh();
    expect(roots.concerns()).toEqual([]);
  });
});

describe('several trust roots', () => {
  it('have each its own origin, thresholds and fate', async () => {
    const [other, file] = [createSigstoreWorld().trustedRoot, join(dir.path, 'third.json')];
    const elsewhere = createTufRepository();
    const away = await startTufMirror(elsewhere.publish(other));
    await writeFile(join(dir.path, 'other-root.json'), elsewhere.pinnedRoot);
    await writeFile(file, SECOND);
    const tuf = (url: URL, root: string) =>
      ({ kind: 'tuf', url, rootFile: join(dir.path, root), target: 'trusted_root.json' }) as const;
    const trust = [
      { name: 'acme', origin: tuf(mirror.url, 'root.json'), thresholds: THRESHOLDS },
      { name: 'other', origin: tuf(away.url, 'other-root.json'), thresholds: { log: 2, sct: 0, time: 1 } },
      { name: 'third', origin: { kind: 'file', path: file }, thresholds: { log: 0, sct: 1, time: 2 } },
    ] as const;
    const logged: [string, string][] = [];
    const note = (level: string) => (fields: { trust: string }) => logged.push([level, fields.trust]);
    const logger = { info: note('info'), warn: note('warn'), error: note('error') } as unknown as TrustLogger;
    const roots = await createTrustRoots({
      trust,
      dataDir: join(dir.path, 'data'),
      check: parseTrustRoot,
      logger,
      clock: () => new Date(Date.now() + passedMs),
      elapsedMs: () => performance.now() + passedMs,
    });
    opened.push(roots);
    await roots.refresh();
    const wanted = [FIRST, other, SECOND].map((document, at) => {
      const { name = '', thresholds = THRESHOLDS } = trust[at] ?? {};
      return [name, { name, document, thresholds }];
    });
    expect([...roots.current().roots]).toEqual(wanted);

    logged.length = 0;
    await away.stop();
    for (const hours of [1, 25]) {
      passedMs = hours * HOUR_MS;
      mirror.setDate(new Date(Date.now() + passedMs));
      await roots.refresh();
    }
    // D2: nothing to wake anybody for at first.
    expect(logged.filter(([, name]) => name === 'other')).toEqual([
      ['warn', 'other'],
      ['error', 'other'],
    ]);
    expect(roots.concerns()).toEqual([expect.stringContaining('trust root "other": it was last refreshed')]);
    expect(roots.current().roots.get('acme')).not.toHaveProperty('stale');
    expect(roots.current().roots.get('other')?.stale).toContain('it was last refreshed');
    passedMs = 8 * DAY_MS;
    mirror.serve(repository.publish(FIRST, { expires: new Date(Date.now() + 20 * DAY_MS) }));
    mirror.setDate(new Date(Date.now() + passedMs));
    await roots.refresh();
    const { roots: usable, unavailable } = roots.current();
    expect([...usable.keys()]).toEqual(['acme', 'third']);
    expect([...(unavailable ?? [])]).toEqual([['other', expect.stringContaining('it expired on')]]);
  });
});

describe('the clock (D4)', () => {
  it('is not believed ten years back, and the next right time is', async () => {
    const roots = await open();
    await roots.refresh();
    jumpMs = -10 * 365 * DAY_MS;
    expect(() => roots.current()).toThrow(expect.objectContaining({ code: 'CLOCK_UNTRUSTED' }));
    jumpMs = 0;
    expect(documentOf(roots)).toBe(FIRST);
  });

  it('is not believed an hour back from a time a server confirmed, also after a restart', async () => {
    await (await open()).refresh();
    jumpMs = -HOUR_MS;
    const roots = await open();
    expect(() => roots.current()).toThrow(expect.objectContaining({ code: 'CLOCK_UNTRUSTED' }));
    jumpMs = 0;
    expect(documentOf(roots)).toBe(FIRST);
  });

  it.each([HOUR_MS, 400 * DAY_MS])('is not believed %s ms ahead of the server, and recovers', async (aheadMs) => {
    const roots = await open();
    await roots.refresh();
    jumpMs = aheadMs;
    expect(() => roots.current()).toThrow(expect.objectContaining({ code: 'CLOCK_UNTRUSTED' }));
    await roots.refresh();
    expect(() => roots.current()).toThrow(expect.objectContaining({ code: 'CLOCK_UNTRUSTED' }));
    jumpMs = 0;
    await roots.refresh();
    expect(documentOf(roots)).toBe(FIRST);
  });

  it.each([-HOUR_MS, HOUR_MS])(
    'that jumps by %s ms is noticed at once, though no server was asked since',
    async (jump) => {
      const roots = await open();
      await roots.refresh();
      passedMs = HOUR_MS / 2;
      expect(documentOf(roots)).toBe(FIRST);
      jumpMs = jump;
      expect(() => roots.current()).toThrow(expect.objectContaining({ code: 'CLOCK_UNTRUSTED' }));
      jumpMs = 0;
      expect(documentOf(roots)).toBe(FIRST);
    },
  );

  it('is not believed ahead of a registry either, where no repository of trust roots tells the time', async () => {
    const roots = await createTrustRoots({ trust: [], clock: () => new Date(Date.now() + jumpMs) });
    jumpMs = 400 * DAY_MS;
    expect(roots.current().roots.size).toBe(0);
    roots.hear('registry.test', new Date());
    expect(() => roots.current()).toThrow(expect.objectContaining({ code: 'CLOCK_UNTRUSTED' }));
    expect(roots.concerns()).toEqual([expect.stringContaining('clock: ')]);
    jumpMs = 0;
    expect(roots.concerns()).toEqual([]);
  });
});
