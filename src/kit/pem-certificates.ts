import { X509Certificate } from 'node:crypto';

const PEM_CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** The certificates in a text, in their order; none where one of them cannot be read. */
export function readPemCertificates(pem: string): readonly X509Certificate[] {
  try {
    return (pem.match(PEM_CERTIFICATE) ?? []).map((each) => new X509Certificate(each));
  } catch {
    return [];
  }
}
