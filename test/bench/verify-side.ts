import { bundleFromJSON } from '@sigstore/bundle';
import { TrustedRoot } from '@sigstore/protobuf-specs';
import { toSignedEntity, toTrustMaterial, Verifier } from '@sigstore/verify';
import { digestOf } from '../../src/domain/digest.ts';
import { createTrustMaterial } from '../../src/verification/check/trust-material.ts';
import { type RealBundle, realBundles, realRoot } from '../unit/verification/real-bundles.ts';

/** What is asked of a side: verify the bundle of this name so many times. */
export interface Turn {
  readonly bundle: string;
  readonly times: number;
}

/** Some moment after all bundles: what is valid is decided by the times they prove. */
const NOW = new Date('2026-11-24T12:00:00Z');

const create = process.argv[2] === 'ours' ? ourSide : librarySide;
const sides = new Map(realBundles().map((bundle) => [bundle.name, create(bundle)]));

/** Answers every turn with the CPU one verification took, in ms, with all the threads of this process. */
process.on('message', ({ bundle, times }: Turn) => {
  const verify = sides.get(bundle);
  if (verify === undefined) throw new Error(`there is no bundle ${bundle}`);
  const before = process.cpuUsage();
  for (let time = 0; time < times; time += 1) verify();
  const { user, system } = process.cpuUsage(before);
  process.send?.((user + system) / 1000 / times);
});

function ourSide({ bytes, root, subject }: RealBundle): () => void {
  const material = createTrustMaterial(realRoot(root));
  const text = bytes.toString();
  return () => {
    const fresh = Buffer.from(text);
    const evidence = { kind: 'bundle', digest: digestOf(fresh), place: 'referrer', bytes: fresh } as const;
    const { code, message } = material.verify(evidence, subject, NOW);
    if (code !== 'VERIFIED') throw new Error(`${code}: ${message}`);
  };
}

function librarySide({ bytes, root, artifact }: RealBundle): () => void {
  const material = toTrustMaterial(TrustedRoot.fromJSON(JSON.parse(realRoot(root).document)), {});
  const verifier = new Verifier(material, { tlogThreshold: 1, ctlogThreshold: 1, timestampThreshold: 1 });
  const text = bytes.toString();
  return () => {
    const { identity } = verifier.verify(toSignedEntity(bundleFromJSON(JSON.parse(text)), artifact));
    if (identity?.subjectAlternativeName === undefined) throw new Error('the library names no signer');
  };
}
