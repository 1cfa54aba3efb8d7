import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTrustRoots } from '../../../src/trust/create-trust-roots.ts';
import { parseTrustRoot } from '../../../src/verification/check/parse-trust-root.ts';
import { makeTempDir, type TempDir } from '../../support/temp-dir.ts';

const DAY_MS = 86_400_000;
const PUBLIC_GOOD = {
  name: 'sigstore',
  origin: { kind: 'built-in', instance: 'sigstore', refresh: false },
  thresholds: { log: 1, sct: 1, time: 1 },
} as const;

let dir: TempDir;
beforeEach(async () => {
  dir = await makeTempDir('seed');
});
afterEach(async () => {
  await dir.remove();
});

describe('the public-good instance, without a network', () => {
  it('is there at once from what Lazaret was packaged with, and verification can use it', async () => {
    const roots = await createTrustRoots({ trust: [PUBLIC_GOOD], dataDir: dir.path, check: parseTrustRoot });
    const root = roots.current().roots.get('sigstore');
    expect(root?.thresholds).toEqual(PUBLIC_GOOD.thresholds);
    expect(parseTrustRoot(root ?? { name: '', document: '', thresholds: PUBLIC_GOOD.thresholds }).name).toBe(
      'sigstore',
    );
    expect(roots.concerns()).toEqual([]);
  });

  it('D2: is missing once the packaged root has expired', async () => {
    const inYears = () => new Date(Date.now() + 3 * 365 * DAY_MS);
    const roots = await createTrustRoots({ trust: [PUBLIC_GOOD], clock: inYears });
    expect(roots.current().roots.size).toBe(0);
    expect(roots.current().unavailable?.get('sigstore')).toContain('packaged with expired on');
  });

  it('D4: believes no clock from before it was packaged', async () => {
    const roots = await createTrustRoots({ trust: [PUBLIC_GOOD], clock: () => new Date('2021-01-01T00:00:00Z') });
    expect(() => roots.current()).toThrow(expect.objectContaining({ code: 'CLOCK_UNTRUSTED' }));
    expect(roots.epoch()).toBeGreaterThan(0);
  });

  it('keeps its epoch across restarts, and takes a higher one when thresholds change', async () => {
    const open = (thresholds: { log: number; sct: number; time: number }) =>
      createTrustRoots({ trust: [{ ...PUBLIC_GOOD, thresholds }], dataDir: dir.path });
    const before = (await open(PUBLIC_GOOD.thresholds)).epoch();
    expect((await open(PUBLIC_GOOD.thresholds)).epoch()).toBe(before);
    expect((await open({ log: 2, sct: 1, time: 1 })).epoch()).toBeGreaterThan(before);
    const page: unknown = JSON.parse(await readFile(join(dir.path, 'trust', 'epoch.json'), 'utf8'));
    expect(page).toMatchObject({ epoch: before + 1 });
  });
});
