import { createPublicKey } from 'node:crypto';
import type { PolicyKey } from '../../domain/policy.ts';
import { quoteForShell } from '../../kit/quote-for-shell.ts';
import { shortText } from '../../kit/short-text.ts';
import { parseKey } from '../read/parse-key.ts';
import type { AuthorityReading } from './authority-reading.ts';
import type { Authority } from './authority-schema.ts';

type WrittenKey = NonNullable<Authority['key']>;

/** Reads the key of an authority; `undefined` after a fault, which is reported. */
export function parseAuthorityKey(written: WrittenKey, reading: AuthorityReading): PolicyKey | undefined {
  const { kms, data = '', hashAlgorithm } = written;
  const pem = kms === undefined ? data : findKmsKey(kms, reading);
  if (pem === undefined) return undefined;
  const name = kms ?? 'in the policy';
  const key = parseKey(name, pem, settingsOf(hashAlgorithm, pem));
  if (key.ok) return { ...key.key, name: `${name} ${key.key.keyId.slice(0, 12)}` };
  const path = ['key', kms === undefined ? 'data' : 'kms'];
  reading.report({ path, message: `cannot use the key: ${key.why}`, hint: key.hint });
  return undefined;
}

function findKmsKey(reference: string, { report, context }: AuthorityReading): string | undefined {
  const { kmsKeys = new Map<string, string | undefined>() } = context;
  if (kmsKeys.has(reference)) return kmsKeys.get(reference);
  const configured = kmsKeys.size === 0 ? '' : ` Configured are ${[...kmsKeys.keys()].join(', ')}.`;
  report({
    path: ['key', 'kms'],
    message: `no public key is configured for the KMS reference ${shortText(reference, 400)}`,
    hint:
      `Lazaret asks no KMS: export the key (cosign public-key --key ${quoteForShell(reference)}), and name its file ` +
      `under \`kmsKeys\` in the configuration (--config FILE) or put it into \`data\`.${configured}`,
  });
  return undefined;
}

// policy-controller uses SHA-256 where no hash is written; Ed25519 has a hash of its own, so what is written is
// ignored.
function settingsOf(hash: string | undefined, pem: string): Parameters<typeof parseKey>[2] {
  const name = hash?.trim().toLowerCase();
  if (name !== 'sha256' && name !== 'sha384' && name !== 'sha512') return {};
  return isEd25519(pem) ? {} : { hash: name };
}

function isEd25519(pem: string): boolean {
  try {
    return createPublicKey(pem).asymmetricKeyType === 'ed25519';
  } catch {
    return false;
  }
}
