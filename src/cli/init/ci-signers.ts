import type { CiName } from './answers.ts';

/** How what one CI signs is asked for. */
export interface CiSigner {
  readonly title: string;
  /** What `source` is, as it is asked. */
  readonly question: string;
  readonly example: string;
  /** What a source must look like. */
  readonly form: RegExp;
  /** The entry of `require`, in YAML, without indentation. */
  readonly requirement: (source: string) => readonly string[];
  /** What the pipeline must do. */
  readonly steps: readonly string[];
}

const KEY: Pick<CiSigner, 'question' | 'example' | 'form'> = {
  question: 'Which file holds the public key (PEM)?',
  example: 'keys/release.pub',
  form: /^[^"\\\s]+$/,
};

const COSIGN = 'cosign sign HOST/REPOSITORY@DIGEST after the push, by digest';

/** One for each CI. Names of identities: https://github.com/sigstore/fulcio/blob/main/docs/oidc.md */
export const CI_SIGNERS: Readonly<Record<CiName, CiSigner>> = {
  'github-actions': {
    title: 'GitHub Actions',
    question: 'Which repository builds them?',
    example: 'https://github.com/acme/app',
    form: /^https:\/\/github\.com\/[\w.-]+\/[\w.-]+$/,
    requirement: (source) => [
      '- name: built by GitHub Actions from our repository',
      '  provenance:',
      '    signer:',
      '      issuer: https://token.actions.githubusercontent.com',
      `      subject: { pattern: '${quoted(source)}/\\.github/workflows/.*@refs/(heads|tags)/.*' }`,
      `    source: { repository: ${source} }`,
      '    builder: https://github.com/actions/runner/github-hosted',
    ],
    steps: [
      'In the workflow: permissions id-token: write, attestations: write, packages: write, and after the push the step',
      'actions/attest-build-provenance with subject-name, subject-digest and push-to-registry: true.',
    ],
  },
  'gitlab-ci': {
    title: 'GitLab CI',
    question: 'Which project builds them?',
    example: 'https://gitlab.com/acme/app',
    form: /^https:\/\/[\w.:-]+(?:\/[\w.-]+){2,}$/,
    requirement: (source) => [
      '- name: signed by our pipeline',
      '  signature:',
      '    signer:',
      `      issuer: ${new URL(source).origin}`,
      `      subject: { pattern: '${quoted(source)}//.*@refs/(heads|tags)/.*' }`,
    ],
    steps: ['In the job: id_tokens: { SIGSTORE_ID_TOKEN: { aud: sigstore } }, and', `${COSIGN}.`],
  },
  'google-cloud-build': {
    title: 'Google Cloud Build',
    question: 'Which service account builds them?',
    example: 'build@acme.iam.gserviceaccount.com',
    form: /^[\w.+-]+@[\w.-]+$/,
    requirement: (source) => [
      '- name: signed by our build account',
      '  signature:',
      '    signer:',
      '      issuer: https://accounts.google.com',
      `      subject: ${source}`,
    ],
    steps: ['In the last step of the build, as that service account:', `${COSIGN}.`],
  },
  buildkite: {
    title: 'Buildkite',
    question: 'Which pipeline builds them?',
    example: 'https://buildkite.com/acme/app',
    form: /^https:\/\/buildkite\.com\/[\w.-]+\/[\w.-]+$/,
    requirement: (source) => [
      '- name: signed by our pipeline',
      '  signature:',
      '    signer:',
      '      issuer: https://agent.buildkite.com',
      `      subject: ${source}`,
    ],
    steps: [
      'In the step: SIGSTORE_ID_TOKEN="$(buildkite-agent oidc request-token --audience sigstore)", and',
      `${COSIGN}.`,
    ],
  },
  tekton: {
    title: 'Tekton Chains',
    ...KEY,
    requirement: (source) => [
      '- name: attested by Tekton Chains',
      '  attestation:',
      '    type: https://slsa.dev/provenance/v1',
      `    signer: { key: ${source} }`,
    ],
    steps: [
      'In the ConfigMap chains-config: artifacts.pipelinerun.format: slsa/v2alpha4, artifacts.pipelinerun.storage: oci.',
      'Add `source` to the policy once you know its provenance: docs/policies.md says how.',
    ],
  },
  jenkins: {
    title: 'Jenkins',
    ...KEY,
    requirement: byKey,
    steps: ['In the pipeline: cosign sign --key KEY HOST/REPOSITORY@DIGEST after the push, by digest.'],
  },
  key: {
    title: 'something else, with a key',
    ...KEY,
    requirement: byKey,
    steps: ['cosign sign --key KEY HOST/REPOSITORY@DIGEST after the push, by digest.'],
  },
};

function byKey(source: string): readonly string[] {
  return ['- name: signed with our key', '  signature:', `    signer: { key: ${source} }`];
}

/** Text as it stands in a pattern for exactly this text. */
function quoted(text: string): string {
  return text.replace(/[.+*?()|[\]{}^$\\]/g, '\\$&');
}
