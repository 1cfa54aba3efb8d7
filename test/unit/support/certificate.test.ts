import { createSecureContext } from 'node:tls';
import { expect, it } from 'vitest';
import { makeCertificate } from '../../support/certificate.ts';

it('a certificate of a test can be read by OpenSSL, however many letters it has', () => {
  // The last line of PEM is whole for one length in sixteen.
  for (let letters = 1; letters <= 64; letters += 1) {
    const { cert, key } = makeCertificate(['localhost'], { name: 'x'.repeat(letters) });
    expect(() => createSecureContext({ cert, key, ca: cert })).not.toThrow();
  }
});
