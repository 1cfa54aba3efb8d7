import type { Digest } from '../../src/domain/digest.ts';
import { type BundleForm, bundleJson } from './sigstore/bundle-json.ts';
import {
  type CertificateAuthority,
  createCertificateAuthority,
  type KeylessIdentity,
  type KeylessRequest,
  wholeSeconds,
} from './sigstore/certificate-authority.ts';
import {
  type CosignForm,
  type CosignLayer,
  cosignAttestationLayer,
  cosignSignatureLayer,
} from './sigstore/cosign-layers.ts';
import {
  IN_TOTO,
  signEnvelope,
  simpleSigningPayload,
  statementFor,
  type TestSigner,
} from './sigstore/evidence-forms.ts';
import {
  GITHUB_HOSTED,
  type GithubRun,
  githubRequest,
  type ProvenanceSource,
  slsaPredicate,
} from './sigstore/github.ts';
import { type CtLog, createCtLog, createTransparencyLog, type TransparencyLog } from './sigstore/logs.ts';
import { createTimestampAuthority, type TimestampAuthority } from './sigstore/timestamp-authority.ts';
import { trustedRootJson } from './sigstore/trusted-root-json.ts';

export type { KeylessIdentity, KeylessRequest } from './sigstore/certificate-authority.ts';
export type { CosignLayer } from './sigstore/cosign-layers.ts';
export type { TestSigner } from './sigstore/evidence-forms.ts';
export { GITHUB_ISSUER } from './sigstore/github.ts';
export { createKeyPair, type TestKey } from './sigstore/keys.ts';

const DAY_MS = 86_400_000;

export interface SigstoreWorldOptions {
  /** "Now" of everything signed; the real clock by default. */
  readonly now?: () => Date;
  /** Host names of its services end with this; `world.test` by default. */
  readonly domain?: string;
}

/** The machinery of one Sigstore instance, for tests that need to turn a single wheel the wrong way. */
export interface WorldParts {
  readonly authority: CertificateAuthority;
  readonly ctLog: CtLog;
  readonly rekor: TransparencyLog;
  readonly rekor2: TransparencyLog;
  readonly tsa: TimestampAuthority;
  /** Validity of everything in the trusted root starts here. */
  readonly since: Date;
}

export interface SigningRequest extends BundleForm {
  readonly digest: Digest;
  /** Who signs; a key with `{ kind: 'key', key }`. */
  readonly identity: TestSigner;
}

/** A private Sigstore made on the spot: certificate authority, logs and timestamp authority with real cryptography. */
export interface SigstoreWorld {
  /** The `trusted_root.json` document. */
  readonly trustedRoot: string;
  readonly parts: WorldParts;
  /** A short-lived certificate for this identity. */
  mintKeyless(request?: KeylessRequest): KeylessIdentity;
  /** The same for a GitHub Actions run, with all the claims Fulcio writes. */
  mintGithub(run?: GithubRun, more?: KeylessRequest): KeylessIdentity;
  /**
   * A bundle that signs an image, as JSON bytes. By default the statement `cosign sign` writes; with `manifest`, a
   * message signature over these manifest bytes.
   */
  signImageBundle(
    request: SigningRequest & { readonly repository?: string; readonly manifest?: Uint8Array },
  ): Uint8Array;
  /** SLSA provenance in a bundle. */
  attestProvenance(
    request: SigningRequest & {
      readonly slsa?: 'v1' | 'v0.2';
      readonly source?: ProvenanceSource;
      readonly builder?: string;
    },
  ): Uint8Array;
  /** Any attestation in a bundle. */
  attest(request: SigningRequest & { readonly predicateType: string; readonly predicate?: unknown }): Uint8Array;
  /** An envelope with any payload in a bundle. */
  signPayload(
    request: BundleForm & {
      readonly identity: TestSigner;
      readonly payload: string | Uint8Array;
      readonly payloadType?: string;
    },
  ): Uint8Array;
  /** A layer of cosign's `.sig` image. */
  cosignSignature(
    request: CosignForm & {
      readonly digest: Digest;
      readonly identity: TestSigner;
      readonly repository?: string;
      readonly optional?: Readonly<Record<string, unknown>>;
      /** Instead of the payload made of the above. */
      readonly payload?: Uint8Array;
    },
  ): CosignLayer;
  /** A layer of cosign's `.att` image. */
  cosignAttestation(
    request: CosignForm & {
      readonly digest: Digest;
      readonly identity: TestSigner;
      readonly predicateType: string;
      readonly predicate?: unknown;
    },
  ): CosignLayer;
}

/** `predicateType` of the statement `cosign sign` writes since version 3. */
export const COSIGN_SIGN = 'https://sigstore.dev/cosign/sign/v1';

export function createSigstoreWorld(options: SigstoreWorldOptions = {}): SigstoreWorld {
  const now = () => wholeSeconds(options.now?.() ?? new Date());
  const domain = options.domain ?? 'world.test';
  const since = new Date(now().getTime() - DAY_MS);
  const until = new Date(since.getTime() + 3650 * DAY_MS);
  const parts: WorldParts = {
    authority: createCertificateAuthority(since, until),
    ctLog: createCtLog(),
    rekor: createTransparencyLog(1, `rekor.${domain}`),
    rekor2: createTransparencyLog(2, `log2026.rekor.${domain}`),
    tsa: createTimestampAuthority(since, until),
    since,
  };
  const form = <T extends BundleForm & { identity: TestSigner }>(request: T): T & { at: Date } => ({
    ...request,
    at: request.at ?? signingTime(request.identity, now),
  });
  const attest: SigstoreWorld['attest'] = (request) =>
    signPayload({
      ...request,
      payload: JSON.stringify(statementFor(request.digest, request.predicateType, request.predicate ?? {})),
    });
  const signPayload: SigstoreWorld['signPayload'] = (request) => {
    const envelope = signEnvelope(request.identity, request.payloadType ?? IN_TOTO, Buffer.from(request.payload));
    return bundleJson(parts, request.identity, { envelope }, form(request));
  };
  return {
    trustedRoot: JSON.stringify(trustedRootJson(parts)),
    parts,
    mintKeyless: (request = {}) => parts.authority.issue(request, parts.ctLog, now()),
    mintGithub: (run = {}, more = {}) => parts.authority.issue({ ...githubRequest(run), ...more }, parts.ctLog, now()),
    signImageBundle: (request) => {
      if (request.manifest === undefined) return attest({ ...request, predicateType: COSIGN_SIGN });
      return bundleJson(parts, request.identity, { message: request.manifest }, form(request));
    },
    attestProvenance: ({ slsa = 'v1', source = {}, builder = GITHUB_HOSTED, ...request }) =>
      attest({
        ...request,
        predicateType: `https://slsa.dev/provenance/${slsa}`,
        predicate: slsaPredicate(slsa, source, builder),
      }),
    attest,
    signPayload,
    cosignSignature: ({ digest, identity, repository = 'registry.test/acme/app', optional, payload, ...rest }) =>
      cosignSignatureLayer(
        parts,
        identity,
        Buffer.from(payload ?? simpleSigningPayload(repository, digest, optional ?? null)),
        { ...rest, at: rest.at ?? signingTime(identity, now) },
      ),
    cosignAttestation: ({ digest, identity, predicateType, predicate = {}, ...rest }) => {
      const payload = Buffer.from(JSON.stringify(statementFor(digest, predicateType, predicate)));
      const envelope = signEnvelope(identity, IN_TOTO, payload);
      return cosignAttestationLayer(parts, identity, envelope, predicateType, {
        ...rest,
        at: rest.at ?? signingTime(identity, now),
      });
    },
  };
}

// A certificate lives ten minutes, so what it signs is logged at its own time unless a test says otherwise.
function signingTime(identity: TestSigner, now: () => Date): Date {
  return identity.kind === 'keyless' ? identity.issuedAt : now();
}
