import { createPrivateKey } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { z } from 'zod';
import { readPemCertificates } from '../kit/pem-certificates.ts';
import { addFault } from '../kit/schema-fields.ts';
import type { Secret } from '../kit/secret.ts';
import { secretFileField, textField } from './fields.ts';
import type { Outside } from './outside.ts';

/** The port that takes deliveries by TLS. What is PEM may be exchanged while it is in use, as secrets are. */
export interface TlsConfig {
  readonly host: string;
  readonly port: number;
  readonly cert: Secret;
  readonly key: Secret;
  /** Authorities of certificates of clients; absent: no client is asked for one. */
  readonly clientCa?: Secret;
}

/** The schema of `http.tls`. */
export function createTlsSchema(outside: Outside) {
  return z
    .strictObject({
      host: textField('Address to listen on.').default('0.0.0.0'),
      port: z.int().min(0).max(65_535).default(8443).describe('Port to listen on; 0 takes any free one.'),
      certFile: secretFileField(outside, 'the certificate with its chain (PEM)'),
      keyFile: secretFileField(outside, 'its key (PEM)'),
      clientCaFile: secretFileField(outside, 'the authorities of `clientCertificate`, one or several (PEM)').optional(),
    })
    .superRefine(checkPair)
    .describe('A second port, by TLS and for webhooks alone, where no proxy does that. Default: there is none.')
    .transform(({ host, port, certFile: cert, keyFile: key, clientCaFile: clientCa }): TlsConfig => {
      return { host, port, cert, key, ...(clientCa !== undefined && { clientCa }) };
    });
}

interface Pems {
  readonly certFile: Secret;
  readonly keyFile: Secret;
  readonly clientCaFile?: Secret | undefined;
}

/** What the server would only find out when it starts, or in the middle of a reload. */
function checkPair({ certFile, keyFile, clientCaFile }: Pems, context: z.core.$RefinementCtx): void {
  const [own] = readPemCertificates(certFile.reveal());
  if (own === undefined) addFault(context, NO_CERTIFICATE, ['certFile']);
  if (clientCaFile !== undefined && readPemCertificates(clientCaFile.reveal()).length === 0) {
    addFault(context, NO_CERTIFICATE, ['clientCaFile']);
  }
  const key = readKey(keyFile);
  if (key === undefined) {
    addFault(context, { message: 'expected a private key (PEM) without a passphrase' }, ['keyFile']);
  } else if (own !== undefined && !own.checkPrivateKey(key)) {
    const hint = 'The first certificate of `certFile` must be the one of this key, with its chain behind it.';
    addFault(context, { message: 'the key is not that of the certificate', hint }, ['keyFile']);
  } else if (own !== undefined) checkStrength(certFile, keyFile, context);
}

/** What OpenSSL does not serve with: a key that is too short, a signature by a hash that is broken. */
function checkStrength(cert: Secret, key: Secret, context: z.core.$RefinementCtx): void {
  try {
    createSecureContext({ cert: cert.reveal(), key: key.reveal() });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    addFault(context, { message: `this certificate cannot be served with: ${why}` }, ['certFile']);
  }
}

const NO_CERTIFICATE = { message: 'expected certificates (PEM)' };
function readKey(pem: Secret) {
  try {
    return createPrivateKey(pem.reveal());
  } catch {
    return undefined;
  }
}
