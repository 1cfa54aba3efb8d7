import { z } from 'zod';
import { BUILT_IN_TRUST, DEFAULT_TRUST, isBuiltInTrust, usualThresholds } from '../domain/built-in-trust.ts';
import type { ConfiguredTrustRoot } from '../domain/configured-trust-root.ts';
import { parseJson } from '../kit/parse-json.ts';
import { addFault } from '../kit/schema-fields.ts';
import { ALWAYS, idField, pathField, textField } from './fields.ts';
import type { Outside } from './outside.ts';

/** The trust roots that are there without being configured. */
export const BUILT_IN: readonly ConfiguredTrustRoot[] = BUILT_IN_TRUST.map((instance) => ({
  name: instance,
  origin: { kind: 'built-in', instance, refresh: true },
  thresholds: usualThresholds(instance),
}));

/** All trust roots there are where these are configured: an entry of its name takes the place of a built-in one. */
export function withBuiltIn(configured: readonly ConfiguredTrustRoot[]): readonly ConfiguredTrustRoot[] {
  const names = configured.map(({ name }) => name);
  return [...BUILT_IN.filter(({ name }) => !names.includes(name)), ...configured];
}

/** The schema of one entry of `trust`. */
export function createTrustSchema(outside: Outside) {
  return z
    .strictObject({
      name: idField(
        'Name of the trust root in policies (`trust:` of a signer). An entry of a built-in name replaces it.',
      ),
      trustedRootFile: createRootFileField(outside).optional(),
      tuf: z
        .strictObject({
          url: tufUrlField,
          rootFile: pathField(
            outside,
            'The first `root.json` of the repository: what everything else is checked with.',
          ),
          target: textField('Name of the trust root among its targets.').default('trusted_root.json'),
        })
        .optional()
        .describe('A TUF repository that keeps the trust root up to date.'),
      refresh: z
        .boolean()
        .default(true)
        .describe('Only for `sigstore` and `github`: `false` never contacts it and uses what Lazaret came with.'),
      chains: z
        .boolean()
        .default(false)
        .describe(
          'A certificate authority of your own: signatures may bring the certificates between theirs and this root (`cosign sign --certificate-chain`), and a signer without an OIDC issuer is named by `subject` and `trust` alone.',
        ),
      thresholds: z
        .strictObject({
          log: thresholdField
            .optional()
            .describe('Transparency logs that must have the entry. Default: `1`; `0` for `github`.'),
          sct: thresholdField
            .optional()
            .describe('Certificate logs that must have the certificate. Default: `1`; `0` for `github`.'),
          time: thresholdField.min(1).default(1).describe('Proofs of the time of signing; never less than 1.'),
        })
        .prefault({})
        .describe('How many independent proofs a signature by certificate needs.'),
    })
    .superRefine(checkOrigin, ALWAYS)
    .transform(
      ({ name, trustedRootFile, tuf, refresh, chains, thresholds: { log, sct, time } }): ConfiguredTrustRoot => {
        const usual = usualThresholds(name);
        const thresholds = { log: log ?? usual.log, sct: sct ?? usual.sct, time };
        const shared = { name, thresholds, ...(chains && { chains }) };
        if (trustedRootFile !== undefined) return { ...shared, origin: { kind: 'file', path: trustedRootFile } };
        if (tuf !== undefined) return { ...shared, origin: { kind: 'tuf', ...tuf } };
        // An entry of another name without an origin has been reported already.
        if (!isBuiltInTrust(name)) return z.NEVER;
        return { ...shared, origin: { kind: 'built-in', instance: name, refresh } };
      },
    );
}

// More than eight independent logs exist nowhere.
const thresholdField = z.int().min(0).max(8);

const tufUrlField = z
  .string()
  .describe('Address of the repository, such as `https://tuf.example.com`.')
  .transform((text, context) => {
    const url = URL.parse(text);
    if (
      url !== null &&
      ['https:', 'http:'].includes(url.protocol) &&
      `${url.username}${url.password}${url.search}` === ''
    ) {
      return url;
    }
    addFault(context, { message: 'expected a URL such as https://tuf.example.com, without a user or a query' });
    return z.NEVER;
  });

function createRootFileField(outside: Outside) {
  return textField('A `trusted_root.json` file; read again when it changes.').transform((path, context) => {
    const file = outside.readText(path);
    if (!file.ok) {
      addFault(context, { message: file.why, hint: file.hint });
      return z.NEVER;
    }
    try {
      parseJson(file.value);
    } catch {
      addFault(context, {
        message: `${outside.resolvePath(path)} is not JSON`,
        hint: 'Expected the trusted_root.json of a Sigstore instance.',
      });
      return z.NEVER;
    }
    return outside.resolvePath(path);
  });
}

function checkOrigin(written: Readonly<Record<string, unknown>>, context: z.core.$RefinementCtx): void {
  if (typeof written !== 'object' || written === null) return;
  const has = (key: string): boolean => Object.hasOwn(written, key);
  const { name } = written;
  const isBuiltIn = typeof name === 'string' && isBuiltInTrust(name);
  const hint = 'Write `trustedRootFile`, or `tuf` with `url` and `rootFile`.';
  if (has('trustedRootFile') && has('tuf')) {
    addFault(context, { message: '`trustedRootFile` and `tuf` exclude each other', hint }, ['tuf']);
  }
  if (!isBuiltIn && !has('trustedRootFile') && !has('tuf')) {
    addFault(context, { message: 'nothing says where this trust root comes from', hint });
  }
  if (!isBuiltIn && written['refresh'] === false) {
    const message = '`refresh` is only for `sigstore` and `github`';
    addFault(context, { message, hint: 'Remove it; a file needs none.' }, ['refresh']);
  }
  if (isBuiltIn && written['chains'] === true) {
    const message = `\`chains\` is for certificate authorities of your own, and \`${name}\` is none`;
    addFault(context, { message, hint: 'Give that trust root a name of its own.' }, ['chains']);
  }
  if (name === DEFAULT_TRUST) checkNotLowered(written['thresholds'], context);
}

// The public instance always gives a log entry, an SCT and a time, so evidence with less is not from it.
function checkNotLowered(thresholds: unknown, context: z.core.$RefinementCtx): void {
  if (typeof thresholds !== 'object' || thresholds === null) return;
  for (const [name, value] of Object.entries(thresholds)) {
    // `time` may be lowered nowhere, which its own schema says.
    if (value !== 0 || name === 'time') continue;
    const message = `expected at least 1 for \`${DEFAULT_TRUST}\`, got 0`;
    addFault(
      context,
      { message, hint: 'Configure a trust root of another name for an instance that has no such log.' },
      ['thresholds', name],
    );
  }
}
