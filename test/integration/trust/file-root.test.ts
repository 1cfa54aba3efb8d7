import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTrustRoots, type ManagedTrustRoots } from '../../../src/trust/create-trust-roots.ts';
import { parseTrustRoot } from '../../../src/verification/check/parse-trust-root.ts';
import { createSigstoreWorld } from '../../support/sigstore-world.ts';
import { makeTempDir, type TempDir } from '../../support/temp-dir.ts';

const FIRST = createSigstoreWorld().trustedRoot;
const SECOND = createSigstoreWorld().trustedRoot;

let dir: TempDir;
let path: string;
beforeEach(async () => {
  dir = await makeTempDir('trust-file');
  path = join(dir.path, 'trusted_root.json');
  await writeFile(path, FIRST);
});
afterEach(async () => {
  await dir.remove();
});

function open(): Promise<ManagedTrustRoots> {
  const thresholds = { log: 1, sct: 1, time: 1 };
  return createTrustRoots({
    trust: [{ name: 'acme', origin: { kind: 'file', path }, thresholds }],
    check: parseTrustRoot,
  });
}

describe('a trust root in a file', () => {
  it('comes into use under a higher epoch when the file is replaced', async () => {
    const roots = await open();
    const before = roots.epoch();
    await writeFile(path, SECOND);
    await roots.refresh();
    expect(roots.current().roots.get('acme')?.document).toBe(SECOND);
    expect(roots.epoch()).toBeGreaterThan(before);
  });

  it('is another epoch when it takes chains, and hands that on', async () => {
    const dataDir = join(dir.path, 'data');
    const thresholds = { log: 1, sct: 1, time: 1 };
    const openWith = (more: { chains?: true }) =>
      createTrustRoots({
        trust: [{ name: 'acme', origin: { kind: 'file', path }, thresholds, ...more }],
        dataDir,
        check: parseTrustRoot,
      });
    const before = await openWith({});
    expect(before.current().roots.get('acme')).not.toHaveProperty('chains');
    const after = await openWith({ chains: true });
    expect(after.current().roots.get('acme')).toMatchObject({ chains: true });
    expect(after.epoch()).toBeGreaterThan(before.epoch());
    expect((await openWith({ chains: true })).epoch()).toBe(after.epoch());
  });

  it.each([
    ['is cut short', () => writeFile(path, SECOND.slice(0, 200))],
    ['disappears', () => rm(path)],
  ])('stays as it was when the file %s, says so, and follows when it is right again', async (_, damage) => {
    const roots = await open();
    const before = roots.epoch();
    await damage();
    await roots.refresh();
    expect(roots.current().roots.get('acme')?.document).toBe(FIRST);
    expect(roots.epoch()).toBe(before);
    expect(roots.concerns()).toEqual([expect.stringContaining(path)]);
    await writeFile(path, SECOND);
    await roots.refresh();
    expect(roots.current().roots.get('acme')?.document).toBe(SECOND);
    expect(roots.concerns()).toEqual([]);
  });

  it('ends the start with TRUST_ROOT_INVALID when it is none', async () => {
    await writeFile(path, '{}');
    await expect(open()).rejects.toMatchObject({ code: 'TRUST_ROOT_INVALID' });
    await rm(path);
    await expect(open()).rejects.toMatchObject({ code: 'TRUST_ROOT_INVALID' });
  });
});
