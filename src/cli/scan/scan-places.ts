import type { Config } from '../../config/config.ts';
import type { ImageReference } from '../../domain/image-reference.ts';
import { registryName } from '../../domain/registry-name.ts';
import { matchesGlob } from '../../kit/glob.ts';
import { createConfiguredRegistry, type OpenRegistry } from '../../registry/configured-registry.ts';
import { chooseRegistry, type RegistryChoice } from '../verify/choose-registry.ts';
import { type OpenRegistries, openRegistries } from '../verify/open-registries.ts';
import type { ScanTarget } from './scan-target.ts';

/** A registry with what of it is scanned. */
export interface ScanPlace {
  readonly registries: OpenRegistries;
  /** Whether a repository belongs to it; the registry's list of repositories is read where there is no `only`. */
  readonly covers: (repository: string) => boolean;
  /** The one repository that is scanned, and of it one image if the target names one. */
  readonly only?: { readonly repository: string; readonly image?: ImageReference };
}

/**
 * Opens the registries of the targets; nothing is contacted yet.
 * @throws {InvalidInputError} `CONFIG_INVALID` for a URL that is not the root of a registry
 */
export function openPlaces(
  targets: readonly ScanTarget[],
  config: Config | undefined,
  choice: RegistryChoice,
): readonly ScanPlace[] {
  const entries = config?.registries ?? [];
  const open = (own: OpenRegistry): OpenRegistries => openRegistries(own, config, choice);
  const ofEntry = (entry: Config['registries'][number]): ScanPlace => {
    const own = createConfiguredRegistry({ ...entry, proxy: config?.proxy });
    return { registries: open(own), covers: own.covers };
  };
  return targets.flatMap((target): readonly ScanPlace[] => {
    if (target.kind === 'registry') return entries.filter(({ id }) => id === target.registryId).map(ofEntry);
    if (target.kind === 'image') {
      const { image } = target;
      const { repository } = image;
      const registries = open(chooseRegistry(image, config, choice));
      return [{ registries, covers: () => true, only: { repository, image } }];
    }
    const { host, glob } = target;
    const ofHost = entries.filter(({ url }) => registryName(url) === host);
    if (glob === '**' && ofHost.length > 0) return ofHost.map(ofEntry);
    const registries = open(chooseRegistry({ host, repository: glob }, config, choice));
    const covers = (repository: string): boolean => matchesGlob(glob, repository);
    return [{ registries, covers, ...(!/[*?]/.test(glob) && { only: { repository: glob } }) }];
  });
}
