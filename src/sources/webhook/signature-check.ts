import { createHmac } from 'node:crypto';
import type { SignedAuthentication } from '../../domain/webhook-authentication.ts';
import { matchesAny } from './matches-any.ts';
import { onlyValue, type SignatureCheck } from './sender.ts';

const HEX = { sha256: /^[0-9a-f]{64}$/, sha1: /^[0-9a-f]{40}$/ };

/** Creates the check of an HMAC over the body as it was sent. */
export function createSignatureCheck({ header, format, algorithm, secrets }: SignedAuthentication): SignatureCheck {
  const name = header.toLowerCase();
  const prefix = format === 'prefixed' ? `${algorithm}=` : '';
  return {
    kind: 'signature',
    mayAccept: (headers) => HEX[algorithm].test((onlyValue(headers, name) ?? '').replace(prefix, '')),
    start() {
      const sums = secrets.map((secret) => createHmac(algorithm, secret.reveal()));
      return {
        update(bytes) {
          for (const sum of sums) sum.update(bytes);
        },
        accepts(headers) {
          const given = onlyValue(headers, name);
          if (given === null) return false;
          const expected = sums.map((sum) => prefix + sum.digest('hex'));
          return matchesAny(given, expected);
        },
      };
    },
  };
}
