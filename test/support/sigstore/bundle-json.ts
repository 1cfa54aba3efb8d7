import { createHash } from 'node:crypto';
import type { WorldParts } from '../sigstore-world.ts';
import {
  type Envelope,
  type EnvelopeEntryKind,
  envelopeBody,
  envelopeJson,
  hashedRekordBody,
  styleOf,
  type TestSigner,
} from './evidence-forms.ts';
import { hashOf, signWith } from './keys.ts';
import type { LogBody, LogEntryJson } from './logs.ts';

/** How a bundle is put together. */
export interface BundleForm {
  readonly version?: '0.1' | '0.2' | '0.3';
  /** `rekor1` by default for certificates, `none` for keys. */
  readonly log?: 'rekor1' | 'rekor2' | 'none';
  readonly entryKind?: EnvelopeEntryKind;
  /** A signed entry timestamp, where the log is Rekor v1; true by default. */
  readonly promise?: boolean;
  readonly proof?: boolean;
  /** A token of the timestamp authority: true by default with `rekor2`, else false. */
  readonly timestamp?: boolean;
  /** Written after the seconds of the token's time. */
  readonly timestampFraction?: string;
  readonly timestampAt?: Date;
  readonly timestampCertificates?: readonly Buffer[];
  /** When it is logged and stamped. */
  readonly at?: Date;
  /** Changes the log entry's body before the log signs it. */
  readonly logBody?: (body: LogBody) => LogBody;
  /** Changes the bundle after everything is signed. */
  readonly alter?: (bundle: BundleJson) => void;
  /** The chain, in versions that have one; the leaf alone by default. */
  readonly chain?: readonly Buffer[];
}

/** A bundle as JSON, open for tests to break. */
export interface BundleJson {
  mediaType: string;
  verificationMaterial: {
    certificate?: { rawBytes: string };
    x509CertificateChain?: { certificates: { rawBytes: string }[] };
    publicKey?: { hint: string };
    tlogEntries: LogEntryJson[];
    timestampVerificationData?: { rfc3161Timestamps: { signedTimestamp: string }[] };
  };
  messageSignature?: { messageDigest: { algorithm: string; digest: string }; signature: string };
  dsseEnvelope?: ReturnType<typeof envelopeJson>;
}

const MEDIA_TYPES = {
  '0.1': 'application/vnd.dev.sigstore.bundle+json;version=0.1',
  '0.2': 'application/vnd.dev.sigstore.bundle+json;version=0.2',
  '0.3': 'application/vnd.dev.sigstore.bundle.v0.3+json',
} as const;

/** Puts a bundle together and returns its JSON bytes. */
export function bundleJson(
  parts: WorldParts,
  signer: TestSigner,
  content: { readonly envelope: Envelope } | { readonly message: Uint8Array },
  form: BundleForm & { readonly at: Date },
): Uint8Array {
  const version = form.version ?? '0.3';
  const log = form.log ?? (signer.kind === 'keyless' ? 'rekor1' : 'none');
  const signature =
    'envelope' in content ? content.envelope.signature : signWith(signer.key, content.message, styleOf(signer));
  const wantsToken = form.timestamp ?? log === 'rekor2';
  const bundle: BundleJson = {
    mediaType: MEDIA_TYPES[version],
    verificationMaterial: {
      ...keyMaterial(signer, version, form.chain),
      tlogEntries: log === 'none' ? [] : [logEntry(parts, signer, content, signature, log, form)],
      ...(wantsToken && { timestampVerificationData: { rfc3161Timestamps: [token(parts, signature, form)] } }),
    },
    ...('envelope' in content
      ? { dsseEnvelope: envelopeJson(content.envelope) }
      : { messageSignature: messageJson(signer, content.message, signature) }),
  };
  form.alter?.(bundle);
  return Buffer.from(JSON.stringify(bundle));
}

function keyMaterial(
  signer: TestSigner,
  version: string,
  chain: readonly Buffer[] | undefined,
): Pick<BundleJson['verificationMaterial'], 'certificate' | 'publicKey' | 'x509CertificateChain'> {
  if (signer.kind === 'key') {
    return { publicKey: { hint: createHash('sha256').update(signer.key.spki).digest('base64') } };
  }
  const certificates = [signer.certificate, ...(chain ?? [])].map((der) => ({ rawBytes: der.toString('base64') }));
  const [leaf = { rawBytes: '' }] = certificates;
  return version === '0.3' && chain === undefined ? { certificate: leaf } : { x509CertificateChain: { certificates } };
}

function logEntry(
  parts: WorldParts,
  signer: TestSigner,
  content: { readonly envelope: Envelope } | { readonly message: Uint8Array },
  signature: Buffer,
  log: 'rekor1' | 'rekor2',
  form: BundleForm & { readonly at: Date },
): LogEntryJson {
  const generation = log === 'rekor1' ? 1 : 2;
  const body =
    'envelope' in content
      ? envelopeBody(
          form.entryKind ?? 'dsse',
          generation,
          signer,
          content.envelope,
          Buffer.from(JSON.stringify(envelopeJson(content.envelope))),
        )
      : hashedRekordBody(generation, signer, content.message, signature);
  return parts[log === 'rekor1' ? 'rekor' : 'rekor2'].add(form.logBody?.(body) ?? body, {
    at: form.at,
    ...(form.promise !== undefined && { promise: form.promise }),
    ...(form.proof !== undefined && { proof: form.proof }),
  });
}

function token(
  parts: WorldParts,
  signature: Buffer,
  form: BundleForm & { readonly at: Date },
): { signedTimestamp: string } {
  const stamped = parts.tsa.stamp(signature, {
    at: form.timestampAt ?? form.at,
    ...(form.timestampFraction !== undefined && { fraction: form.timestampFraction }),
    ...(form.timestampCertificates !== undefined && { certificates: form.timestampCertificates }),
  });
  return { signedTimestamp: stamped.toString('base64') };
}

function messageJson(
  signer: TestSigner,
  message: Uint8Array,
  signature: Buffer,
): NonNullable<BundleJson['messageSignature']> {
  const hash = hashOf(signer.key, styleOf(signer)) ?? 'sha256';
  return {
    messageDigest: {
      algorithm: hash.replace('sha', 'SHA2_'),
      digest: createHash(hash).update(message).digest('base64'),
    },
    signature: signature.toString('base64'),
  };
}
