import { createTrustRoots } from '../../src/trust/create-trust-roots.ts';

// A process for tests to kill: refreshes one TUF root again and again. Arguments: mirror, root file, data folder.
const [url = '', rootFile = '', dataDir = ''] = process.argv.slice(2);
const origin = { kind: 'tuf' as const, url: new URL(url), rootFile, target: 'trusted_root.json' };
const roots = await createTrustRoots({
  trust: [{ name: 'acme', origin, thresholds: { log: 1, sct: 1, time: 1 } }],
  dataDir,
});
for (;;) {
  await roots.refresh();
  process.stdout.write('.');
}
