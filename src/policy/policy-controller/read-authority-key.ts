import { createPublicKey } from 'node:crypto';
import { InvalidInputError } from '../../domain/errors.ts';
import type { PolicyKey } from '../../domain/policy.ts';
import { readKey } from '../read-key.ts';
import type { Authority } from './authority-schema.ts';
import type { AuthorityReading } from './read-authorities.ts';

type WrittenKey = NonNullable<Authority['key']>;

/** Reads the key of an authority; `undefined` after a fault, which is reported. */
export function readAuthorityKey(written: WrittenKey, { report, context }: AuthorityReading): PolicyKey | undefined {
  const found = written.kms === undefined ? findInline(written) : findKms(written.kms, context.kmsKeys);
  if (!found.ok) {
    report({ path: ['key', found.at], message: found.why, hint: found.hint });
    return undefined;
  }
  try {
    const pem = found.file === undefined ? found.pem : context.readKey(found.file);
    const reading = readKey(found.name, pem, settingsOf(written.hashAlgorithm, pem));
    if (reading.ok) return { ...reading.key, name: `${found.name} ${reading.key.keyId.slice(0, 12)}` };
    report({ path: ['key', found.at], message: `cannot use the key: ${reading.why}`, hint: reading.hint });
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    report({ path: ['key', found.at], message: `cannot use the key: ${error.message}` });
  }
  return undefined;
}

type Found =
  | { readonly ok: true; readonly at: string; readonly name: string; readonly pem: string; readonly file?: string }
  | { readonly ok: false; readonly at: string; readonly why: string; readonly hint: string };

function findInline({ data = '' }: WrittenKey): Found {
  return { ok: true, at: 'data', name: 'in the policy', pem: data };
}

function findKms(reference: string, keys: ReadonlyMap<string, string> | undefined): Found {
  const file = keys?.get(reference);
  if (file !== undefined) return { ok: true, at: 'kms', name: reference, pem: '', file };
  const why = `no public key is configured for the KMS reference ${reference}`;
  const hint = `Lazaret asks no KMS. Export the key (cosign public-key --key ${reference}) and put it into \`data\`.`;
  return { ok: false, at: 'kms', why, hint };
}

// policy-controller takes SHA-256 where nothing is written, and Ed25519 has a hash of its own whatever is written.
function settingsOf(hash: string | undefined, pem: string): Parameters<typeof readKey>[2] {
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
