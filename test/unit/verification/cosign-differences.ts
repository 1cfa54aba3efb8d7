import type { Answer, Question, Recording } from '../../support/cosign/recording.ts';

type AnsweredQuestion = Question & { readonly answer: Answer };

/** Questions on which Lazaret and cosign do not agree, and why that is meant. */
export interface Difference {
  readonly why: string;
  readonly applies: (recording: Recording, question: AnsweredQuestion) => boolean;
}

const asksFor = ({ signer }: Question, ...keys: readonly string[]) => 'key' in signer && keys.includes(signer.key);
const refused = ({ answer }: AnsweredQuestion) => answer.exitCode !== 0;
const isHelped = ({ answer }: AnsweredQuestion) => answer.command.includes('--signature-digest-algorithm');

/** Whether the key signed, not a certificate for it, and what is asked for. */
function isWhatWasSigned({ name }: Recording, { type }: Question): boolean {
  if (name.startsWith('keyless-')) return false;
  return type === (name.startsWith('attest-') ? 'https://slsa.dev/provenance/v1' : undefined);
}

export const DIFFERENCES: readonly Difference[] = [
  {
    why: 'signatures of these curves are made over the hash of the curve, which cosign must be told',
    applies: (recording, question) =>
      refused(question) &&
      asksFor(question, 'p384', 'p521') &&
      !isHelped(question) &&
      isWhatWasSigned(recording, question),
  },
  {
    why: 'a log entry over SHA-384 or SHA-512 is as good as one over SHA-256, which is all cosign takes under its tags',
    applies: (recording, question) =>
      refused(question) &&
      asksFor(question, 'p384', 'p521') &&
      isHelped(question) &&
      recording.name.endsWith('rekor1-sig') &&
      question.proof === 'log',
  },
  {
    why: 'Ed25519ph is what cosign makes of an Ed25519 key, and refuses itself',
    applies: (_, question) => refused(question) && asksFor(question, 'ed25519'),
  },
  {
    why: 'an attestation is no signature: who attests what is in an image does not say that it may run',
    applies: (recording, question) =>
      !refused(question) && recording.name.startsWith('attest-') && question.type === undefined,
  },
  {
    why: 'cosign stamps the signature of an attestation under its tag and looks for a stamp of the envelope; the log proves the time as well',
    applies: (recording, question) =>
      refused(question) && recording.name === 'attest-keyless-rekor1-tsa-att' && question.proof.includes('timestamp'),
  },
  {
    why: 'of several signatures in artifacts of its old format that refer to an image cosign looks at the last only',
    applies: (recording, question) =>
      refused(question) && recording.name === 'legacy-referrer-two-signers' && asksFor(question, 'p256', 'second'),
  },
  {
    why: 'a bundle of version 0.3 may not hold a chain: cosign takes one only when told to, and Lazaret only by the trust root',
    applies: (recording, question) => !refused(question) && recording.name === 'own-pki-chain',
  },
];
