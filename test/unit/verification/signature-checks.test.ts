import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import { describe, expect, it, vi } from 'vitest';
import { createTrustMaterial } from '../../../src/verification/check/trust-material.ts';
import { bundleEvidence, NOW } from './evidence.ts';
import { realBundles, realRoot } from './real-bundles.ts';

/** How many signatures are checked while this runs, by us and by the library. */
function countChecks(run: () => void): number {
  const spy = vi.spyOn(crypto, 'verify');
  syncBuiltinESMExports();
  try {
    run();
    return spy.mock.calls.length;
  } finally {
    spy.mockRestore();
    syncBuiltinESMExports();
  }
}

describe('the signatures checked for one bundle', () => {
  // Of what was signed, of the certificate, of the certificate log, of the log's checkpoint, and of the log's promise or
  // the timestamp. The first of these comes without a checkpoint, the second from an instance without logs.
  const fewer: Readonly<Record<string, number>> = { 'npm-provenance-slsa02-rekor1': 4, 'github-private-slsa1-tsa': 3 };
  const expected = (name: string): number => fewer[name] ?? 5;

  it.each(realBundles())('are as few as can be for $name, and as many each time', ({ name, bytes, root, subject }) => {
    const material = createTrustMaterial(realRoot(root));
    const verify = (): void => expect(material.verify(bundleEvidence(bytes), subject, NOW).code).toBe('VERIFIED');
    // The first bundle of a trust root also has the links between the authority's own certificates checked.
    verify();
    const checks = Array.from({ length: 10 }, () => countChecks(verify));
    expect(checks).toEqual(Array(10).fill(expected(name)));
  });
});
