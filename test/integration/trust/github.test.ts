import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createRootProvider } from '../../../src/trust/create-root-provider.ts';
import { createTrustRoots } from '../../../src/trust/create-trust-roots.ts';
import { readPackagedSeed } from '../../../src/trust/packaged-seed.ts';
import { createTufProvider } from '../../../src/trust/tuf-provider.ts';
import { parseTrustRoot } from '../../../src/verification/check/parse-trust-root.ts';
import { createSigstoreWorld } from '../../support/sigstore-world.ts';
import { makeTempDir, type TempDir } from '../../support/temp-dir.ts';
import { createTufRepository, startTufMirror, type TufMirror } from '../../support/tuf-repository.ts';

const GITHUB = {
  name: 'github',
  origin: { kind: 'built-in', instance: 'github', refresh: false },
  thresholds: { log: 0, sct: 0, time: 1 },
} as const;
const SEED = readPackagedSeed('github');

let dir: TempDir;
let mirror: TufMirror | undefined;
beforeEach(async () => {
  dir = await makeTempDir('github');
});
afterEach(async () => {
  await mirror?.stop();
  mirror = undefined;
  await dir.remove();
});

describe("GitHub's instance", () => {
  it('is there at once from what Lazaret was packaged with, and verification can use it', async () => {
    const roots = await createTrustRoots({ trust: [GITHUB], dataDir: dir.path, check: parseTrustRoot });
    expect(roots.current().roots.get('github')).toEqual({
      name: 'github',
      document: SEED.document,
      thresholds: GITHUB.thresholds,
    });
    expect(roots.concerns()).toEqual([]);
  });

  it('D2: is missing, with the reason, once the packaged root has expired', async () => {
    const roots = await createTrustRoots({ trust: [GITHUB], clock: () => new Date('2027-01-29T00:00:00Z') });
    expect(roots.current().roots.size).toBe(0);
    expect(roots.current().unavailable?.get('github')).toBe(
      'what Lazaret was packaged with expired on 2027-01-28 20:18 UTC, and nothing newer was ever fetched from tuf-repo.github.com',
    );
  });

  it('is refreshed from its own repository, unless that is switched off', async () => {
    const parts = { check: () => undefined, onProblem: () => undefined };
    const provider = await createRootProvider({ ...GITHUB, origin: { ...GITHUB.origin, refresh: true } }, parts);
    expect(provider.server?.href).toBe('https://tuf-repo.github.com/');
    expect(provider.refreshEveryMs).toBe(3_600_000);
    expect((await createRootProvider(GITHUB, parts)).refreshEveryMs).toBeUndefined();
  });

  it('refuses a repository that the packaged pin does not vouch for, at whatever version', async () => {
    const foreign = createTufRepository();
    let files = foreign.publish(createSigstoreWorld().trustedRoot);
    // Up to the version that follows the pin, and beyond.
    for (let version = 2; version <= 11; version += 1) {
      files = foreign.publish(createSigstoreWorld().trustedRoot, { rotateRoot: true });
    }
    const server = await startTufMirror(files);
    mirror = server;
    const provider = await createTufProvider({
      name: 'github',
      repository: { url: server.url, pinnedRoot: SEED.root, target: SEED.target },
      seedDocument: SEED.document,
      refresh: true,
      check: () => undefined,
      onProblem: () => undefined,
    });
    await expect(provider.refresh(new Date())).rejects.toMatchObject({ code: 'TRUST_ROOT_UNAVAILABLE' });
    expect(server.requests).toEqual(['GET /10.root.json']);
    expect(provider.document()).toBe(SEED.document);
  });
});
