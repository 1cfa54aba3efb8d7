import type { CertificateClaims } from './finding.ts';
import type { TrustRoot } from './trust-root.ts';

/** Text that must be equal, or a pattern (RE2, anchored at both ends by us) that must match all of it. */
export type TextMatch =
  | { readonly kind: 'exact'; readonly text: string }
  | {
      readonly kind: 'pattern';
      readonly pattern: string;
      /** Only in policies read from policy-controller, whose patterns may match anywhere in the text. */
      readonly anywhere?: true;
    };

/** What a certificate must claim beyond its issuer and names, by the name of the claim. */
export type ClaimMatches = { readonly [Claim in Exclude<keyof CertificateClaims, 'issuer'>]?: TextMatch };

/** A public key a policy names. */
export interface PolicyKey {
  /** sha256 over the SPKI DER, hex. */
  readonly keyId: string;
  /** SPKI, PEM. */
  readonly pem: string;
  /** The path as the policy wrote it: what people know the key by. */
  readonly name: string;
  /** Hash the signer uses where the key does not fix it. */
  readonly hash?: 'sha256' | 'sha384' | 'sha512';
  readonly padding?: 'pkcs1' | 'pss';
  readonly encoding?: 'der' | 'ieee-p1363';
  /** Whose logs and authorities may vouch for log entries and times; without it none is looked at. */
  readonly trust?: string;
  /** The trust root itself, where the policy's own files hold it; `trust` is its name. */
  readonly trustRoot?: TrustRoot;
  /** A signature must be in a log of `trust`. */
  readonly transparencyLog?: 'required';
}

/**
 * Names the verification material of a key, for findings. The same key with other settings or requirements is another
 * material: what verified under one must not count under the other.
 */
export function keyMaterialId({ keyId, hash, padding, encoding, trust, transparencyLog }: PolicyKey): string {
  const settings = [hash, padding, encoding].filter((setting) => setting !== undefined);
  const signing = settings.length === 0 ? '' : ` by ${settings.join(' ')}`;
  const logged = transparencyLog === 'required' ? ' in a log' : '';
  return `key:${keyId}${signing}${trust === undefined ? '' : ` with ${trust}${logged}`}`;
}

/** Who must have signed. */
export type SignerRule =
  | { readonly kind: 'key'; readonly key: PolicyKey }
  | {
      readonly kind: 'identity';
      readonly trust: string;
      /** Absent: the certificate may not name one either, and the trust root alone vouches for its holder. */
      readonly issuer?: TextMatch;
      readonly subject: TextMatch;
      readonly claims?: ClaimMatches;
      /** The trust root itself, where the policy's own files hold it; `trust` is its name. */
      readonly trustRoot?: TrustRoot;
    };

interface RequirementBase {
  readonly name: string;
  /** Where it must be proved, if not where the policy says. */
  readonly platforms?: Level;
  /** Any of these may have signed; never empty. */
  readonly of: readonly SignerRule[];
  /** How many different ones of them must have. */
  readonly atLeast: number;
  /** A verified signing time must be there, whatever it is. */
  readonly timeProven?: true;
  /** The oldest verified signing time may not be older than this: anybody can have an old signature stamped anew. */
  readonly maxAgeMs?: number;
}

/** Where a build must have taken its source from; at most one of the last four. */
export interface SourceRule {
  /** In the form of `parseGitUri`, compared exactly, or a pattern over that form. */
  readonly repository: string | Extract<TextMatch, { kind: 'pattern' }>;
  /** Glob over the whole ref. */
  readonly ref?: string;
  /** Name of a branch; a tag counts where the provenance says which branch it was made on. */
  readonly branch?: string;
  /** Name of a tag. */
  readonly tag?: string;
  /** `v1`, `v1.2` or `v1.2.3`: a tag of semantic versioning that begins so. */
  readonly versionedTag?: string;
}

/** One thing an image must prove. */
export type Requirement =
  | (RequirementBase & {
      readonly kind: 'signature';
      /** What the signer must have noted about the image (`cosign sign -a NAME=VALUE`), by name. */
      readonly annotations?: Readonly<Record<string, TextMatch>>;
    })
  | (RequirementBase & {
      readonly kind: 'provenance';
      readonly source?: SourceRule;
      /** `NAME`, `NAME@vX.Y.Z` or `NAME@refs/tags/vX.Y.Z`. */
      readonly builder?: string;
      readonly buildType?: string;
      /** The event that started the build, such as `push`. */
      readonly trigger?: string;
      /** Inputs of a build that was started by hand (`workflow_dispatch`), by name. */
      readonly inputs?: Readonly<Record<string, string>>;
    })
  | (RequirementBase & {
      readonly kind: 'attestation';
      /** Any of these; never empty. */
      readonly predicateTypes: readonly string[];
      /** CEL over `predicate` and `now`; must be true. */
      readonly where?: string;
    });

/** Another repository where evidence of images may lie: that of the images is always looked at, and first. */
export interface EvidenceRepository {
  /** Host with port, as images are named. */
  readonly host: string;
  readonly repository: string;
  /** The prefix that cosign was told to put before its tags there. */
  readonly tagPrefix?: string;
}

/** `host/repository`: what findings call a repository of evidence by. */
export function evidenceRepositoryName({ host, repository }: EvidenceRepository): string {
  return `${host}/${repository}`;
}

/**
 * Where the proof of a multi-platform image must lie: about the index, about each image in it, or about either. Of an
 * image without platforms it says nothing.
 */
export type Level = 'index' | 'each' | 'any-level';

/**
 * What kinds of things a policy covers: `all` that stands for itself, or a list of types of artifacts, in which `images`
 * stands for container images and indexes.
 */
export type ArtifactRule = 'all' | readonly string[];

/** A policy document, read and checked. */
export interface ImagePolicy {
  readonly name: string;
  readonly file: string;
  /** Globs over `host/repository`. */
  readonly images: readonly string[];
  readonly graceMs: number;
  readonly onFailure: 'quarantine' | 'alert';
  readonly platforms: Level;
  /** What it covers besides their names; absent: container images and indexes. */
  readonly artifacts?: ArtifactRule;
  /** Further repositories whose evidence counts; absent if there are none. */
  readonly evidence?: readonly EvidenceRepository[];
  /** Every one must hold. */
  readonly require: readonly Requirement[];
  /** If there are any, one of them must hold too. */
  readonly alternatives?: readonly PolicyAlternative[];
  /** Of each group, one must hold too: the entries of `require` that are `anyOf`. */
  readonly anyOf?: readonly (readonly PolicyAlternative[])[];
}

/** One way among several to satisfy a policy: policy-controller's authorities, or `anyOf` in our own. */
export interface PolicyAlternative {
  readonly name: string;
  /** Every one must hold; none in an alternative that always holds. */
  readonly require: readonly Requirement[];
  /** Never holds, whatever the image proves; the words are the policy's own. */
  readonly denied?: string;
}

/** The part of a policy that is asked. */
export interface PolicyPart {
  /** Names of requirements. */
  readonly requirements: readonly string[];
  /** Whether `alternatives` and `anyOf` are asked too. */
  readonly alternatives: boolean;
}

/** All policies in force. */
export interface PolicySet {
  /** sha256 over the meaning of all documents (keys included), hex: equal revision, equal verdicts. */
  readonly revision: string;
  readonly policies: readonly ImagePolicy[];
  readonly noMatch: 'alert' | 'fail' | 'ignore';
}
