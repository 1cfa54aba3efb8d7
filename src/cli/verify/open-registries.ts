import type { Config } from '../../config/config.ts';
import type { JudgementTarget } from '../../pipeline/judge/judgement-target.ts';
import type { OpenRegistry } from '../../registry/configured-registry.ts';
import { chooseRegistry, type RegistryChoice } from './choose-registry.ts';

/** The registry of an image, and those of the repositories of evidence that policies name, opened as they are needed. */
export interface OpenRegistries {
  readonly own: OpenRegistry;
  readonly readerFor: NonNullable<JudgementTarget['readerFor']>;
  close(): Promise<void>;
}

/**
 * Opens the registries beside that of an image as they are needed: the configured one of the host, else the host itself
 * with what Docker's `config.json` holds for it. Plain HTTP is spoken to the image's own host only, for that is the one
 * the caller had in mind.
 */
export function openRegistries(own: OpenRegistry, config: Config | undefined, options: RegistryChoice): OpenRegistries {
  const others = new Map<string, OpenRegistry>();

  function open(place: { readonly host: string; readonly repository: string }): OpenRegistry {
    const name = `${place.host}/${place.repository}`;
    const known = others.get(name);
    if (known !== undefined) return known;
    const isOwnHost = place.host === own.host;
    if (isOwnHost && own.covers(place.repository)) return own;
    const opened = chooseRegistry(place, config, { ...options, plainHttp: options.plainHttp && isOwnHost });
    others.set(name, opened);
    return opened;
  }

  return {
    own,
    readerFor: (place) => open(place).reader,
    close: async () => void (await Promise.all([own, ...others.values()].map((registry) => registry.close()))),
  };
}
