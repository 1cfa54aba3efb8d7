import type { WorldParts } from '../sigstore-world.ts';
import {
  type Envelope,
  type EnvelopeEntryKind,
  envelopeBody,
  envelopeJson,
  hashedRekordBody,
  styleOf,
  type TestSigner,
  toPem,
} from './evidence-forms.ts';
import { signWith } from './keys.ts';
import type { LogBody } from './logs.ts';

/** How a layer is put together. */
export interface CosignForm {
  readonly at?: Date;
  /** True by default for certificates, false for keys. */
  readonly log?: boolean;
  readonly timestamp?: boolean;
  readonly entryKind?: EnvelopeEntryKind;
  readonly logBody?: (body: LogBody) => LogBody;
}

/** A layer of a `.sig` or `.att` image with the annotations of its descriptor. */
export interface CosignLayer {
  readonly mediaType: string;
  readonly bytes: Uint8Array;
  readonly annotations: Readonly<Record<string, string>>;
}

type DatedForm = CosignForm & { readonly at: Date };

export function cosignSignatureLayer(
  parts: WorldParts,
  signer: TestSigner,
  payload: Buffer,
  form: DatedForm,
): CosignLayer {
  const signature = signWith(signer.key, payload, styleOf(signer));
  const body = hashedRekordBody(1, signer, payload, signature);
  return {
    mediaType: 'application/vnd.dev.cosign.simplesigning.v1+json',
    bytes: payload,
    annotations: {
      'dev.cosignproject.cosign/signature': signature.toString('base64'),
      ...commonAnnotations(parts, signer, body, signature, form),
    },
  };
}

export function cosignAttestationLayer(
  parts: WorldParts,
  signer: TestSigner,
  envelope: Envelope,
  predicateType: string,
  form: DatedForm,
): CosignLayer {
  const bytes = Buffer.from(JSON.stringify(envelopeJson(envelope)));
  const body = envelopeBody(form.entryKind ?? 'dsse', 1, signer, envelope, bytes);
  return {
    mediaType: 'application/vnd.dsse.envelope.v1+json',
    bytes,
    annotations: {
      'dev.cosignproject.cosign/signature': '',
      predicateType,
      // cosign has the timestamp authority stamp the whole envelope, not the signature in it.
      ...commonAnnotations(parts, signer, body, bytes, form),
    },
  };
}

function commonAnnotations(
  parts: WorldParts,
  signer: TestSigner,
  body: LogBody,
  stamped: Uint8Array,
  form: DatedForm,
): Record<string, string> {
  const annotations: Record<string, string> = {};
  if (signer.kind === 'keyless') {
    annotations['dev.sigstore.cosign/certificate'] = toPem(signer.certificate);
    annotations['dev.sigstore.cosign/chain'] = parts.authority.chain.map(toPem).join('');
  }
  if (form.log ?? signer.kind === 'keyless') {
    const entry = parts.rekor.add(form.logBody?.(body) ?? body, { at: form.at, proof: false });
    annotations['dev.sigstore.cosign/bundle'] = JSON.stringify({
      SignedEntryTimestamp: entry.inclusionPromise?.signedEntryTimestamp,
      Payload: {
        body: entry.canonicalizedBody,
        integratedTime: Number(entry.integratedTime),
        logIndex: Number(entry.logIndex),
        logID: Buffer.from(entry.logId.keyId, 'base64').toString('hex'),
      },
    });
  }
  if (form.timestamp === true) {
    const token = parts.tsa.stamp(stamped, { at: form.at }).toString('base64');
    annotations['dev.sigstore.cosign/rfc3161timestamp'] = JSON.stringify({ SignedRFC3161Timestamp: token });
  }
  return annotations;
}
