/** How images name Docker Hub. */
export const DOCKER_HUB = 'docker.io';

/** Docker Hub is called otherwise than it is dialled; these hosts are all it. */
export const DOCKER_HUB_HOSTS: readonly string[] = [DOCKER_HUB, 'index.docker.io', 'registry-1.docker.io'];

/**
 * The host that images of a registry are named by, given any by which it is reached: in small letters, without port 443,
 * an IPv6 address in its shortest form, Docker Hub as `docker.io`. Port 80 stays: it is another server than the one https
 * reaches. What is not ASCII stays as it is: in an event it is another name, whatever it looks like.
 */
export function imageHost(host: string): string {
  const lower = host.toLowerCase().replace(/:443$/, '');
  const name = lower.startsWith('[') ? (URL.parse(`https://${lower}`)?.host ?? lower) : lower;
  return DOCKER_HUB_HOSTS.includes(name) ? DOCKER_HUB : name;
}

/** How images name the registry at this address: its host with port, and for Docker Hub `docker.io`. */
export function registryName(url: URL): string {
  return imageHost(url.host);
}
