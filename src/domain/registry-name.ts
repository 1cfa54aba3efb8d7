/** Docker Hub is called otherwise than it is dialled; these hosts are all it. */
export const DOCKER_HUB_HOSTS: readonly string[] = ['docker.io', 'index.docker.io', 'registry-1.docker.io'];

/** How images name the registry at this address: its host with port, and for Docker Hub `docker.io`. */
export function registryName(url: URL): string {
  return DOCKER_HUB_HOSTS.includes(url.host) ? 'docker.io' : url.host;
}
