import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Config } from '../../config/config.ts';
import type { ImageReference } from '../../domain/image-reference.ts';
import type { ProxyRules } from '../../domain/proxy-rules.ts';
import { createConfiguredRegistry, type OpenRegistry } from '../../registry/configured-registry.ts';
import type { CliContext } from '../cli-context.ts';
import { openRegistry } from '../open-registry.ts';

/** What is known of registries that are not configured. */
export interface RegistryChoice {
  readonly plainHttp: boolean;
  readonly env: CliContext['env'];
  readonly proxy: ProxyRules | undefined;
}

/**
 * Opens the registry an image lies in: the configured one of that host, else the host itself with what Docker's
 * `config.json` holds for it. Nothing is contacted yet.
 * @throws {InvalidInputError} `CONFIG_INVALID` for a URL that is not the root of a registry
 */
export function chooseRegistry(
  image: ImageReference,
  config: Config | undefined,
  options: RegistryChoice,
): OpenRegistry {
  const configured = config === undefined ? undefined : openRegistry(image, config);
  if (configured !== undefined) return configured;
  return createConfiguredRegistry({
    id: image.host,
    url: new URL(`${options.plainHttp ? 'http' : 'https'}://${image.host}`),
    repositories: ['**'],
    ...(options.proxy !== undefined && { proxy: options.proxy }),
    credentials: { kind: 'docker-config', path: dockerConfigPath(options.env) },
  });
}

// https://docs.docker.com/reference/cli/docker/#environment-variables
function dockerConfigPath(env: CliContext['env']): string {
  return join(env['DOCKER_CONFIG'] || join(env['HOME'] || homedir(), '.docker'), 'config.json');
}
