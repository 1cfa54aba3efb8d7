import { ATTESTATION_CASES } from './attestation-cases.ts';
import { BESIDE_CASES } from './beside-cases.ts';
import { BUNDLE_ATTACK_CASES } from './bundle-attack-cases.ts';
import type { CaseBench } from './case-bench.ts';
import { KEY_CASES } from './key-cases.ts';
import { KEYLESS_CASES } from './keyless-cases.ts';
import { LAYER_ATTACK_CASES } from './layer-attack-cases.ts';
import { LAYOUT_CASES } from './layout-cases.ts';

/** One way of signing, or of breaking what was signed. */
export interface RecordingCase {
  readonly name: string;
  readonly about: string;
  /** `olareg` by default. */
  readonly registry?: 'olareg' | 'distribution';
  make(bench: CaseBench): Promise<void>;
}

export const CASES: readonly RecordingCase[] = [
  ...KEY_CASES,
  ...KEYLESS_CASES,
  ...ATTESTATION_CASES,
  ...LAYOUT_CASES,
  ...BESIDE_CASES,
  ...BUNDLE_ATTACK_CASES,
  ...LAYER_ATTACK_CASES,
];
