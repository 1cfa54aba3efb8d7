import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { pem, X509Certificate } from '@sigstore/core';
import { EditableCertificate } from './editable-certificate.ts';
import { parseDer } from './parse-der.ts';

type Of<K extends keyof X509Certificate> = X509Certificate[K];

/**
 * A certificate whose parts are computed once. The library encodes every certificate anew for each comparison and each
 * signature check, which is half of its work; this class answers the same questions from the bytes the certificate
 * was read from (RFC 5280 §4.1.1.3: the signature covers these bytes). A test compares both on real bundles.
 */
export class ConstantCertificate extends X509Certificate {
  readonly der: Buffer;
  readonly #tbs: Buffer;
  readonly #cache = new Map<string, unknown>();
  /**
   * The results of signature checks, by issuer. Only trusted issuers are kept, which live as long as the trust root of
   * this certificate.
   */
  readonly #verified = new Map<ConstantCertificate, boolean>();
  readonly #isTrusted: boolean;
  #publicKeyObject: KeyObject | undefined;

  private constructor(der: Buffer, isTrusted: boolean) {
    super(parseDer(der));
    this.der = der;
    this.#isTrusted = isTrusted;
    this.#tbs = super.tbsCertificate.toDER();
  }

  /** @throws errors of many kinds when the bytes are not a certificate. */
  static decode(der: Uint8Array, trust: 'trusted' | 'untrusted'): ConstantCertificate {
    return new ConstantCertificate(Buffer.from(der), trust === 'trusted');
  }

  /** The subject's public key, ready for use. Read as PEM: Node takes twice as long to read the same key as DER. */
  get publicKeyObject(): KeyObject {
    this.#publicKeyObject ??= createPublicKey(pem.fromDER(this.publicKey, 'PUBLIC KEY'));
    return this.#publicKeyObject;
  }

  override get publicKey(): Of<'publicKey'> {
    return this.#once('publicKey', () => super.publicKey);
  }

  override get notBefore(): Of<'notBefore'> {
    return this.#once('notBefore', () => super.notBefore);
  }

  override get notAfter(): Of<'notAfter'> {
    return this.#once('notAfter', () => super.notAfter);
  }

  override get extAuthorityKeyID(): Of<'extAuthorityKeyID'> {
    return this.#once('extAuthorityKeyID', () => super.extAuthorityKeyID);
  }

  override get extSubjectKeyID(): Of<'extSubjectKeyID'> {
    return this.#once('extSubjectKeyID', () => super.extSubjectKeyID);
  }

  override get extBasicConstraints(): Of<'extBasicConstraints'> {
    return this.#once('extBasicConstraints', () => super.extBasicConstraints);
  }

  override get isCA(): Of<'isCA'> {
    return this.#once('isCA', () => super.isCA);
  }

  override clone(): X509Certificate {
    return new EditableCertificate(this, this.#tbs);
  }

  override equals(other: X509Certificate): boolean {
    return other instanceof ConstantCertificate ? this.der.equals(other.der) : super.equals(other);
  }

  override verify(issuerCertificate?: X509Certificate): boolean {
    if (issuerCertificate !== undefined && !(issuerCertificate instanceof ConstantCertificate)) {
      return super.verify(issuerCertificate);
    }
    const issuer = issuerCertificate ?? this;
    const known = this.#verified.get(issuer);
    if (known !== undefined) return known;
    const result = this.#verifySignature(issuer);
    // Untrusted certificates are tried as issuers too. If a trusted certificate remembered them, its memory would grow
    // without end.
    if (issuer.#isTrusted || !this.#isTrusted) this.#verified.set(issuer, result);
    return result;
  }

  #verifySignature(issuer: ConstantCertificate): boolean {
    try {
      return verify(this.signatureAlgorithm, this.#tbs, issuer.publicKeyObject, this.signatureValue);
    } catch {
      return false;
    }
  }

  #once<T>(name: string, compute: () => T): T {
    if (!this.#cache.has(name)) this.#cache.set(name, compute());
    return this.#cache.get(name) as T;
  }
}
