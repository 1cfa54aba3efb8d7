import type { AskedQuestion, Signer } from './case-bench.ts';
import { IDENTITIES, wanted } from './identities.ts';
import type { SigstoreService } from './sigstore-services.ts';

/** What is signed before something of it is changed, and what is asked then; by the key `p256` alone by default. */
export interface Attack {
  readonly name: string;
  readonly signer?: Signer;
  readonly services?: readonly SigstoreService[];
  readonly question?: AskedQuestion;
}

const GITHUB = IDENTITIES.github;

export const KEYLESS = {
  signer: GITHUB,
  services: ['rekor1'],
  question: { signer: wanted(GITHUB), proof: 'log' },
} as const;
export const LOGGED = { services: ['rekor1'], question: { signer: { key: 'p256' }, proof: 'log' } } as const;
export const STAMPED = { services: ['tsa'], question: { signer: { key: 'p256' }, proof: 'timestamp' } } as const;
