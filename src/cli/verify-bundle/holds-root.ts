import { X509Certificate } from 'node:crypto';
import { isJsonObject, type Json } from '../../kit/json.ts';
import { parseJson } from '../../kit/parse-json.ts';

/**
 * Whether a bundle that has been read already brings the certificate of a root authority along. It is never used; but
 * the client protocol refuses such bundles, while old ones of npm hold one and are good evidence of an image.
 */
export function holdsRoot(bundle: Uint8Array): boolean {
  const material = member(parseJson(bundle), 'verificationMaterial');
  const certificates = member(member(material, 'x509CertificateChain'), 'certificates');
  if (!Array.isArray(certificates)) return false;
  return certificates.slice(1).some((certificate: Json) => isRoot(member(certificate, 'rawBytes')));
}

function isRoot(base64: Json | undefined): boolean {
  try {
    const certificate = new X509Certificate(Buffer.from(String(base64), 'base64'));
    return certificate.checkIssued(certificate) && certificate.verify(certificate.publicKey);
  } catch {
    return false;
  }
}

function member(value: Json | undefined, name: string): Json | undefined {
  return isJsonObject(value) ? value[name] : undefined;
}
