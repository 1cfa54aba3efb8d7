import type { Outcome } from '../../src/domain/verdict.ts';
import type { Pushed } from '../support/oci-push.ts';
import { githubRequest } from '../support/sigstore/github.ts';
import type { SigstoreWorld } from '../support/sigstore-world.ts';

/** When the provenance of an image follows it. */
export type Signing = 'never' | 'with the push' | 'while it is waited for' | 'after its quarantine';

/** One image of the demo, and how it has to end. */
export interface DemoImage {
  readonly repository: string;
  /** What happens to it, in a few words. */
  readonly story: string;
  readonly signing: Signing;
  /** Makes its provenance, as a Sigstore bundle. */
  readonly attest: (image: Pushed, sigstore: SigstoreWorld) => Uint8Array;
  readonly expected: {
    readonly outcome: Outcome;
    readonly mark: 'none' | 'quarantined' | 'released';
    /** Messages in each place. */
    readonly messages: number;
  };
}

const UNTOUCHED = { outcome: 'pass', mark: 'none', messages: 0 } as const;

/** Lies there before Lazaret starts, and its webhooks get lost. */
export const UNANNOUNCED = 'acme/unannounced';

export const DEMO_IMAGES: readonly DemoImage[] = [
  {
    repository: 'acme/signed',
    story: 'built and signed by the release workflow of github.com/acme/app',
    signing: 'with the push',
    attest: attestByReleaseWorkflow,
    expected: UNTOUCHED,
  },
  {
    repository: 'acme/unsigned',
    story: 'nobody ever signs it',
    signing: 'never',
    attest: attestByReleaseWorkflow,
    expected: { outcome: 'fail-missing', mark: 'quarantined', messages: 1 },
  },
  {
    repository: 'acme/stranger',
    story: 'signed, and well, but by the workflow of somebody else: github.com/mallory/app',
    signing: 'with the push',
    attest: ({ digest }, sigstore) =>
      sigstore.attestProvenance({
        digest,
        identity: sigstore.mintGithub({ repository: 'mallory/app' }),
        source: { repository: 'https://github.com/mallory/app' },
      }),
    expected: { outcome: 'fail-evidence', mark: 'quarantined', messages: 1 },
  },
  {
    repository: 'acme/wrong-source',
    story: 'signed by our workflow, but called by github.com/mallory/fork and built from there',
    signing: 'with the push',
    attest: attestFork,
    expected: { outcome: 'fail-evidence', mark: 'quarantined', messages: 1 },
  },
  {
    repository: 'acme/late',
    story: 'signed late, but within the grace of its policy',
    signing: 'while it is waited for',
    attest: attestByReleaseWorkflow,
    expected: UNTOUCHED,
  },
  {
    repository: 'acme/mended',
    story: 'unsigned and quarantined; then the missing provenance arrives',
    signing: 'after its quarantine',
    attest: attestByReleaseWorkflow,
    expected: { outcome: 'pass', mark: 'released', messages: 2 },
  },
  {
    repository: UNANNOUNCED,
    story: 'nobody signs it, and its webhook got lost: a sweep of the registry finds it',
    signing: 'never',
    attest: attestByReleaseWorkflow,
    expected: { outcome: 'fail-missing', mark: 'quarantined', messages: 1 },
  },
];

function attestByReleaseWorkflow({ digest }: Pushed, sigstore: SigstoreWorld): Uint8Array {
  return sigstore.attestProvenance({ digest, identity: sigstore.mintGithub() });
}

/** A reusable workflow: the certificate names the workflow as the signer, and the caller as the source. */
function attestFork({ digest }: Pushed, sigstore: SigstoreWorld): Uint8Array {
  const { subject = '' } = githubRequest();
  const caller = githubRequest({ repository: 'mallory/fork' });
  const identity = sigstore.mintKeyless({ ...caller, subject, claims: { ...caller.claims, buildSignerUri: subject } });
  return sigstore.attestProvenance({ digest, identity, source: { repository: 'https://github.com/mallory/fork' } });
}
