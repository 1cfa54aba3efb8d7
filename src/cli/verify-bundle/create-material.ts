import { DEFAULT_TRUST, usualThresholds } from '../../domain/built-in-trust.ts';
import type { TrustRoot } from '../../domain/trust-root.ts';
import { FaultError, InvalidInputError } from '../../kit/errors.ts';
import { isJsonObject } from '../../kit/json.ts';
import { parseJson } from '../../kit/parse-json.ts';
import { parseKey } from '../../policy/read/parse-key.ts';
import { createTrustRoots } from '../../trust/create-trust-roots.ts';
import { createKeyMaterial } from '../../verification/check/key-material.ts';
import { createTrustMaterial } from '../../verification/check/trust-material.ts';
import type { VerificationMaterial } from '../../verification/read/verification-material.ts';
import { readInputFile } from './read-input-file.ts';
import stagingTrustedRoot from './staging-trusted-root.json' with { type: 'json' };

const NAME = DEFAULT_TRUST;
const THRESHOLDS = usualThresholds(NAME);

/** What names the material, as written. */
export interface MaterialOptions {
  /** The trust root of Sigstore's staging instance. */
  readonly staging?: boolean;
  readonly key?: string;
  readonly trustedRoot?: string;
}

/**
 * What the bundle is verified with: the trust root, or the key. What a key signed must be in a log if the trust root
 * names one, as the other clients of the protocol have it.
 * @throws {InvalidInputError} `USAGE_INVALID`, `TRUST_ROOT_INVALID`
 * @throws {FaultError} `TRUST_ROOT_UNAVAILABLE` when the packaged one has expired
 */
export async function createMaterial(options: MaterialOptions): Promise<VerificationMaterial> {
  const trust = await chooseRoot(options);
  if (options.key === undefined) return createTrustMaterial(trust);
  const pem = Buffer.from(readInputFile('--key', options.key)).toString('utf8');
  const reading = parseKey(options.key, pem, {});
  if (reading.ok) {
    if (!namesLog(trust)) return createKeyMaterial(reading.key);
    // Certificate logs are for certificates.
    const proofs = { ...trust, thresholds: { ...THRESHOLDS, sct: 0 } };
    return createKeyMaterial(reading.key, { trust: proofs, transparencyLog: 'required' });
  }
  throw new InvalidInputError('USAGE_INVALID', `the key ${options.key} cannot be used`, [
    { where: '--key', message: reading.why, hint: reading.hint },
  ]);
}

/** @throws {InvalidInputError} `TRUST_ROOT_INVALID` for a document that is none */
function namesLog({ document }: TrustRoot): boolean {
  const root = parseJson(document);
  const logs = isJsonObject(root) ? root['tlogs'] : undefined;
  return Array.isArray(logs) && logs.length > 0;
}

async function chooseRoot({ trustedRoot, staging }: MaterialOptions): Promise<TrustRoot> {
  if (trustedRoot !== undefined) {
    return rootOf(Buffer.from(readInputFile('--trusted-root', trustedRoot)).toString('utf8'));
  }
  if (staging === true) return rootOf(JSON.stringify(stagingTrustedRoot));
  const packaged = {
    name: NAME,
    origin: { kind: 'built-in', instance: NAME, refresh: false },
    thresholds: THRESHOLDS,
  } as const;
  const snapshot = (await createTrustRoots({ trust: [packaged] })).current();
  const root = snapshot.roots.get(NAME);
  if (root !== undefined) return root;
  const why = snapshot.unavailable?.get(NAME) ?? 'it has expired';
  throw new FaultError('TRUST_ROOT_UNAVAILABLE', `the trust root Lazaret came with cannot be used: ${why}`, {
    retryable: false,
    hint: 'Name a current one with --trusted-root, or use a newer Lazaret.',
  });
}

function rootOf(document: string): TrustRoot {
  return { name: NAME, document, thresholds: THRESHOLDS };
}
