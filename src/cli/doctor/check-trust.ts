import type { Config } from '../../config/config.ts';
import type { BuiltInTrust } from '../../domain/built-in-trust.ts';
import type { ImagePolicy } from '../../domain/policy.ts';
import { checkRootUse } from '../../pipeline/judge/check-root-use.ts';
import { listMaterials } from '../../policy/judge/list-materials.ts';
import { createTrustRoots } from '../../trust/create-trust-roots.ts';
import { readPackagedSeed } from '../../trust/packaged-seed.ts';
import { parseMetadata } from '../../trust/tuf-metadata.ts';
import { type Check, fail, ok, warn } from './check.ts';

/** Whether every trust root that policies name is to be had and fresh; one that is refreshed is fetched for that. */
export function checkTrust(config: Pick<Config, 'trust' | 'policies' | 'proxy'>): readonly Check[] {
  const { policies } = config.policies;
  const used = new Set(listMaterials(policies).trust);
  return config.trust.filter(({ name }) => used.has(name)).map((entry) => checkRoot(entry, policies, config.proxy));
}

function checkRoot(entry: Config['trust'][number], policies: readonly ImagePolicy[], proxy: Config['proxy']): Check {
  return {
    name: `trust root ${entry.name}`,
    async run() {
      // Without a folder: the daemon's memory of what it has seen has one owner.
      const roots = await createTrustRoots({ trust: [entry], proxy, check: (root) => checkRootUse(root, policies) });
      await roots.refresh();
      // The name stands before the line already.
      const concern = roots.concerns().join('; ').replaceAll(`trust root "${entry.name}": `, '');
      if (!roots.current().roots.has(entry.name)) return fail(concern, advise(entry));
      return concern === '' ? ok(describe(entry)) : warn(concern, advise(entry));
    },
  };
}

function describe({ origin }: Config['trust'][number]): string {
  switch (origin.kind) {
    case 'file':
      return `${origin.path} is in order`;
    case 'tuf':
      return `${origin.url.host} serves a current one`;
    case 'built-in':
      return origin.refresh
        ? `${INSTANCES[origin.instance]} serves a current one`
        : `the one Lazaret came with is in use, until ${expiryOf(origin.instance)}`;
  }
}

const INSTANCES: Readonly<Record<BuiltInTrust, string>> = {
  sigstore: 'the public-good instance',
  github: "GitHub's instance",
};

function expiryOf(instance: BuiltInTrust): string {
  return parseMetadata(readPackagedSeed(instance).root).expires.toISOString().slice(0, 10);
}

function advise({ origin }: Config['trust'][number]): string {
  switch (origin.kind) {
    case 'file':
      return 'Get a new trusted_root.json from whoever runs the instance.';
    case 'tuf':
      return 'Check that the TUF repository is kept up and can be reached from here.';
    case 'built-in': {
      const { origin: address } = readPackagedSeed(origin.instance).url;
      return `Check that ${address} can be reached from here; or keep a trusted_root.json of it (\`trustedRootFile\`).`;
    }
  }
}
