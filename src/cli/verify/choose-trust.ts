import type { Config } from '../../config/config.ts';
import { BUILT_IN } from '../../config/trust-schema.ts';
import { DEFAULT_TRUST, usualThresholds } from '../../domain/built-in-trust.ts';
import type { ConfiguredTrustRoot } from '../../domain/configured-trust-root.ts';
import type { ImagePolicy } from '../../domain/policy.ts';
import type { ProxyRules } from '../../domain/proxy-rules.ts';
import { checkRootUse } from '../../pipeline/judge/check-root-use.ts';
import { createMaterialStore, type MaterialStore } from '../../pipeline/judge/material-store.ts';
import { listMaterials } from '../../policy/judge/list-materials.ts';
import type { TrustRoots } from '../../ports/trust-roots.ts';
import type { VerificationMaterial } from '../../verification/read/verification-material.ts';
import { checkTrustedRoot } from '../check-trusted-root.ts';

/** What images are verified with. */
export interface ChosenTrust {
  /** Trust roots are opened with the first call, and only those that policies name. */
  materials(policies: readonly ImagePolicy[]): Promise<readonly VerificationMaterial[]>;
  /** The same roots, for judging in threads. */
  roots(): Promise<Pick<TrustRoots, 'current'>>;
  close(): Promise<void>;
}

/** Trust for one command: that of the configuration, or the built-in roots, with `--trusted-root` as the default one. */
export function chooseTrust(choice: {
  readonly trustedRoot: string | undefined;
  readonly config: Config | undefined;
  readonly proxy: ProxyRules | undefined;
  /** All that images are judged by. */
  readonly policies: readonly ImagePolicy[];
  /** Told what people should know about the trust roots in use, a sentence each. */
  readonly onConcern: (concern: string) => void;
}): ChosenTrust {
  const configured = choice.config?.trust ?? BUILT_IN;
  const { trustedRoot, policies: all, proxy, onConcern } = choice;
  const trust = trustedRoot === undefined ? configured : withDefault(configured, trustedRoot, all);
  let opened: Promise<Opened> | undefined;
  const openOnce = (): Promise<Opened> => (opened ??= open(trust, { policies: all, proxy, onConcern }));
  return {
    materials: async (policies) => (await openOnce()).store.materialsFor(policies),
    roots: async () => (await openOnce()).roots,
    close: async () => (await opened?.catch(() => undefined))?.stop(),
  };
}

/** @throws {InvalidInputError} `TRUST_ROOT_INVALID`: a wrong file is told at once, whatever the registry says. */
function withDefault(
  configured: readonly ConfiguredTrustRoot[],
  path: string,
  policies: readonly ImagePolicy[],
): readonly ConfiguredTrustRoot[] {
  const root = { name: DEFAULT_TRUST, thresholds: usualThresholds(DEFAULT_TRUST) };
  checkTrustedRoot(path, root, policies);
  const others = configured.filter(({ name }) => name !== DEFAULT_TRUST);
  return [{ ...root, origin: { kind: 'file', path } }, ...others];
}

interface Opened {
  readonly store: MaterialStore;
  readonly roots: Pick<TrustRoots, 'current'>;
  stop(): Promise<void>;
}

async function open(
  configured: readonly ConfiguredTrustRoot[],
  use: {
    readonly policies: readonly ImagePolicy[];
    readonly proxy: ProxyRules | undefined;
    readonly onConcern: (concern: string) => void;
  },
): Promise<Opened> {
  const { policies, proxy, onConcern } = use;
  const { createTrustRoots } = await import('../../trust/create-trust-roots.ts');
  // No folder of its own: a command that ends soon remembers nothing, and the daemon's memory has one owner.
  const names = listMaterials(policies).trust;
  const trust = configured.filter(({ name }) => names.includes(name));
  const roots = await createTrustRoots({ trust, proxy, check: (root) => checkRootUse(root, policies) });
  await roots.refresh();
  for (const concern of roots.concerns()) onConcern(concern);
  return { store: createMaterialStore(() => roots.current()), roots, stop: () => roots.stop() };
}
