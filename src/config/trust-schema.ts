import { z } from 'zod';
import { parseJson } from '../domain/parse-json.ts';
import type { TrustThresholds } from '../domain/trust-root.ts';
import { ALWAYS, addFault, idField, pathField, textField } from './fields.ts';
import type { Outside } from './outside.ts';

/** The trust root of signers that name none: the public-good instance of Sigstore. Always there. */
export const DEFAULT_TRUST = 'sigstore';

/** Where a trust root comes from. */
export type TrustOrigin =
  /** Absolute path of a `trusted_root.json`. */
  | { readonly kind: 'file'; readonly path: string }
  /** The public-good instance by TUF, from the packaged seed on; without `refresh`, the seed alone. */
  | { readonly kind: 'public-good'; readonly refresh: boolean }
  /** A TUF repository of one's own; `rootFile` is the absolute path of its pinned `root.json`. */
  | { readonly kind: 'tuf'; readonly url: URL; readonly rootFile: string; readonly target: string };

/** One trust root. */
export interface TrustConfig {
  readonly name: string;
  readonly origin: TrustOrigin;
  readonly thresholds: TrustThresholds;
}

/** What is there without being configured. */
export const PUBLIC_GOOD: TrustConfig = {
  name: DEFAULT_TRUST,
  origin: { kind: 'public-good', refresh: true },
  thresholds: { log: 1, sct: 1, time: 1 },
};

/** The schema of one entry of `trust`. */
export function createTrustSchema(outside: Outside) {
  return z
    .strictObject({
      name: idField('Name of the trust root in policies (`trust:` of a signer). `sigstore` is the default one.'),
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
        .describe('Only for `sigstore`: `false` never contacts the public instance and uses what Lazaret came with.'),
      thresholds: z
        .strictObject({
          log: thresholdField.default(1).describe('Transparency logs that must have the entry.'),
          sct: thresholdField.default(1).describe('Certificate logs that must have the certificate.'),
          time: thresholdField.min(1).default(1).describe('Proofs of the time of signing; never less than 1.'),
        })
        .prefault({})
        .describe('How many independent proofs a signature by certificate needs.'),
    })
    .superRefine(checkOrigin, ALWAYS)
    .transform(({ name, trustedRootFile, tuf, refresh, thresholds }): TrustConfig => {
      const origin: TrustOrigin =
        trustedRootFile !== undefined
          ? { kind: 'file', path: trustedRootFile }
          : tuf !== undefined
            ? { kind: 'tuf', ...tuf }
            : { kind: 'public-good', refresh };
      return { name, origin, thresholds };
    });
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
  const isDefault = written['name'] === DEFAULT_TRUST;
  const hint = 'Write `trustedRootFile`, or `tuf` with `url` and `rootFile`.';
  if (has('trustedRootFile') && has('tuf')) {
    addFault(context, { message: '`trustedRootFile` and `tuf` exclude each other', hint }, ['tuf']);
  }
  if (!isDefault && !has('trustedRootFile') && !has('tuf')) {
    addFault(context, { message: 'nothing says where this trust root comes from', hint });
  }
  if (!isDefault && written['refresh'] === false) {
    addFault(context, { message: '`refresh` is only for `sigstore`', hint: 'Remove it; a file needs none.' }, [
      'refresh',
    ]);
  }
  if (isDefault) checkNotLowered(written['thresholds'], context);
}

// The public instance always gives a log entry, an SCT and a time: who has less is not it.
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
