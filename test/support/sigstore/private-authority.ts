import {
  basicConstraints,
  createCertificate,
  type Extension,
  extendedKeyUsage,
  type Issuer,
  keyUsage,
  subjectAltName,
} from './certificate.ts';
import { CODE_SIGNING, type KeylessIdentity } from './certificate-authority.ts';
import * as der from './der.ts';
import { createKeyPair, type TestKey } from './keys.ts';

const DAY_MS = 86_400_000;

/** A certificate authority of a company, with its certificate. */
export interface PrivateAuthority extends Issuer {
  readonly certificate: Buffer;
}

export interface PrivateAuthorityOptions {
  /** Who certifies it; itself by default. */
  readonly by?: Issuer;
  readonly key?: TestKey;
  readonly pathLength?: number;
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  /** Instead of those of an authority. */
  readonly extensions?: readonly Extension[];
  readonly more?: readonly Extension[];
}

/** Makes an authority that is valid from a day before `now` for a year. */
export function privateAuthority(name: string, now: Date, options: PrivateAuthorityOptions = {}): PrivateAuthority {
  const self: Issuer = { name: der.commonName('acme.example', name), key: options.key ?? createKeyPair() };
  const certificate = createCertificate(
    {
      subject: self.name,
      publicKey: self.key,
      notBefore: options.notBefore ?? new Date(now.getTime() - DAY_MS),
      notAfter: options.notAfter ?? new Date(now.getTime() + 365 * DAY_MS),
      extensions: options.extensions ?? [
        keyUsage('ca'),
        basicConstraints(true, options.pathLength),
        ...(options.more ?? []),
      ],
    },
    options.by ?? self,
  );
  return { ...self, certificate };
}

/** Certifies somebody for signing code, as companies do: without an OIDC issuer, unless one is among `more`. */
export function certifySigner(by: Issuer, email: string, now: Date, more: readonly Extension[] = []): KeylessIdentity {
  const key = createKeyPair();
  const certificate = createCertificate(
    {
      subject: der.commonName('acme.example', 'release'),
      publicKey: key,
      notBefore: new Date(now.getTime() - DAY_MS),
      notAfter: new Date(now.getTime() + 365 * DAY_MS),
      extensions: [
        keyUsage('sign'),
        extendedKeyUsage(CODE_SIGNING),
        subjectAltName([{ kind: 'email', value: email }]),
        ...more,
      ],
    },
    by,
  );
  return { kind: 'keyless', key, certificate, issuedAt: now, subject: email };
}
