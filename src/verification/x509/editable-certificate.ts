import { ASN1Obj, X509Certificate } from '@sigstore/core';
import { encodeTbs } from './encode-tbs.ts';

/**
 * A copy of a certificate whose list of extensions may be shortened, as the library does to check the proofs of
 * certificate logs. The library's own copy is encoded, parsed and encoded again, a quarter of all its work.
 */
export class EditableCertificate extends X509Certificate {
  readonly #original: readonly ASN1Obj[];
  readonly #extensions: ASN1Obj[];
  readonly #tbs: Buffer;

  constructor(certificate: X509Certificate, tbs: Buffer) {
    super(certificate.root);
    this.#original = certificate.extensions;
    this.#extensions = [...certificate.extensions];
    this.#tbs = tbs;
  }

  override get extensions(): ASN1Obj[] {
    return this.#extensions;
  }

  override get tbsCertificate(): ASN1Obj {
    const kept = new Set(this.#extensions.map((extension) => this.#original.indexOf(extension)));
    return new EncodedTbs(super.tbsCertificate, encodeTbs(this.#tbs, kept));
  }
}

class EncodedTbs extends ASN1Obj {
  readonly #der: Buffer;

  constructor(tbs: ASN1Obj, der: Buffer) {
    super(tbs.tag, tbs.value, tbs.subs);
    this.#der = der;
  }

  override toDER(): ReturnType<ASN1Obj['toDER']> {
    return Buffer.from(this.#der);
  }
}
