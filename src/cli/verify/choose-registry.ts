import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Config } from '../../config/config.ts';
import type { ImageReference } from '../../domain/image-reference.ts';
import { createConfiguredRegistry, type OpenRegistry } from '../../registry/configured-registry.ts';
import type { CliContext } from '../cli-context.ts';
import { openRegistry } from '../open-registry.ts';

/**
 * Opens the registry an image lies in: the configured one of that host, else the host itself with what Docker's
 * `config.json` holds for it. Nothing is contacted yet.
 */
export function chooseRegistry(
  image: ImageReference,
  config: Config | undefined,
  options: { readonly plainHttp: boolean; readonly env: CliContext['env'] },
): OpenRegistry {
  const configured = openRegistry(image, config?.registries ?? []);
  if (configured !== undefined) return configured;
  return createConfiguredRegistry({
    id: image.host,
    url: new URL(`${options.plainHttp ? 'http' : 'https'}://${image.host}`),
    repositories: ['**'],
    credentials: { kind: 'docker-config', path: dockerConfigPath(options.env) },
  });
}

// https://docs.docker.com/reference/cli/docker/#environment-variables
function dockerConfigPath(env: CliContext['env']): string {
  return join(env['DOCKER_CONFIG'] || join(env['HOME'] || homedir(), '.docker'), 'config.json');
}
