import { DEFAULT_TRUST, isBuiltInTrust } from '../../domain/built-in-trust.ts';
import type { Requirement, SignerRule } from '../../domain/policy.ts';
import { shortText } from '../../kit/short-text.ts';
import { writtenText } from '../judge/match-text.ts';
import type { Proof } from './proof.ts';

/** What is weak about a requirement that these proofs satisfy: what it lets pass that its reader may not expect. */
export function weaknessesOf(requirement: Requirement, proofs: readonly Proof[]): readonly string[] {
  return [...new Set([...requirement.of.flatMap(aboutSigner), ...aboutContent(requirement), ...aboutProofs(proofs)])];
}

function aboutSigner(rule: SignerRule): readonly string[] {
  if (rule.kind === 'key') {
    if (rule.key.transparencyLog === 'required') return [];
    return [`Whoever holds the key ${shortText(rule.key.name)} can sign anything, at any time, and no log shows it.`];
  }
  const subject = writtenText(rule.subject);
  const weak: string[] = [];
  if (rule.subject.kind === 'exact' && /^[^\s/@]+@[^\s/@]+$/.test(subject)) {
    weak.push(`${shortText(subject)} is a person, not a build: who takes over the account can sign anything.`);
  }
  if (subject.includes('@refs/heads/') || subject.includes('(refs/heads/')) {
    weak.push('It is signed on a branch: whoever may push there decides what is signed. Tags can be protected better.');
  }
  if (subject.endsWith('@refs/.*')) weak.push('Any branch and tag of the workflow will do: nothing common was found.');
  if (/@refs\/tags\/.*\[0-9\]\.\*$/.test(subject)) {
    weak.push('Whoever may make a tag of this form can release: protect such tags in the source repository.');
  }
  if (!isBuiltInTrust(rule.trust)) {
    weak.push(
      `It stands on your trust root "${shortText(rule.trust)}": whoever runs that authority can sign as anybody.`,
    );
  } else if (rule.trust !== DEFAULT_TRUST) {
    weak.push('Its trust root has no public log: nobody but GitHub can see what was signed.');
  }
  if (rule.claims?.sourceRepositoryUri !== undefined) {
    weak.push(
      'The workflow that signs lies in another repository: whoever may change it there changes what is signed.',
    );
  }
  return weak;
}

function aboutContent(requirement: Requirement): readonly string[] {
  if (requirement.of.length > 1) {
    return [
      'No signer is common to all the images: any of those listed will do. Take out those that should not count.',
    ];
  }
  switch (requirement.kind) {
    case 'signature':
      return ['A signature says who signed, not from which source and by which builder the image was made.'];
    case 'attestation':
      return ['Only that it is there is asked for, not what it says: `where` and `maxAge` can ask for more.'];
    case 'provenance':
      return aboutProvenance(requirement);
  }
}

function aboutProvenance({ source, builder }: Extract<Requirement, { kind: 'provenance' }>): readonly string[] {
  const weak: string[] = [];
  if (source === undefined) weak.push('The source could not be told, or is not the same for all: any source will do.');
  else if (source.ref === undefined) weak.push('Any branch and tag of the source will do: nothing common was found.');
  if (builder === undefined) weak.push('The builder is not the same for all images: any will do.');
  else if (builder.endsWith('/self-hosted')) {
    weak.push('It is built on machines of your own: whoever can log in there can change the build.');
  }
  return weak;
}

function aboutProofs(proofs: readonly Proof[]): readonly string[] {
  const weak: string[] = [];
  if (
    proofs.some(
      ({ finding }) => finding.verified.signer.kind === 'certificate' && finding.verified.signedAt.length === 0,
    )
  )
    weak.push('Nothing proves when it was signed.');
  return weak;
}
