import type { StartedTestContainer, WaitStrategy } from 'testcontainers';

/** Every container of a test carries it, with the number of the process that started it: for sweeping leftovers. */
export const CONTAINER_LABEL = 'dev.lazaret.test';

export interface ContainerOptions {
  readonly image: string;
  /** Ports inside; a pair pins the port on the host. Ignored under the host's network. */
  readonly ports?: readonly (number | { readonly container: number; readonly host: number })[];
  readonly env?: Readonly<Record<string, string>>;
  readonly command?: readonly string[];
  /** Files written into the container before it starts: path to content. */
  readonly files?: Readonly<Record<string, string>>;
  /** Share the host's network, so that the container reaches receivers on its loopback. Linux only. */
  readonly hostNetwork?: boolean;
  readonly ready: { readonly log: RegExp } | { readonly http: string; readonly port: number; readonly status: number };
}

export interface Container {
  readonly id: string;
  /** The port on 127.0.0.1 for one inside. */
  port(inside: number): number;
  stop(): Promise<void>;
}

const START_TIMEOUT_MS = 120_000;

/**
 * Starts a container and waits until it is ready. The reaper of testcontainers is switched off, because its image is
 * one more thing to download: what a killed run leaves behind is found by its label.
 */
export async function startContainer(options: ContainerOptions): Promise<Container> {
  process.env['TESTCONTAINERS_RYUK_DISABLED'] = 'true';
  const { GenericContainer, Wait } = await import('testcontainers');
  let container = new GenericContainer(options.image)
    .withLabels({ [CONTAINER_LABEL]: String(process.pid) })
    .withEnvironment({ ...options.env })
    .withStartupTimeout(START_TIMEOUT_MS)
    .withWaitStrategy(strategyFor(options.ready, Wait));
  if (options.command !== undefined) container = container.withCommand([...options.command]);
  if (options.files !== undefined) {
    const files = Object.entries(options.files).map(([target, content]) => ({ target, content, mode: 0o644 }));
    container = container.withCopyContentToContainer(files);
  }
  container = options.hostNetwork
    ? container.withNetworkMode('host')
    : container.withExposedPorts(...(options.ports ?? []));
  return describe(await container.start());
}

function strategyFor(ready: ContainerOptions['ready'], wait: typeof import('testcontainers').Wait): WaitStrategy {
  if ('log' in ready) return wait.forLogMessage(ready.log);
  return wait.forHttp(ready.http, ready.port, { abortOnContainerExit: true }).forStatusCode(ready.status);
}

function describe(started: StartedTestContainer): Container {
  return {
    id: started.getId(),
    port: (inside) => started.getMappedPort(inside),
    stop: async () => {
      await started.stop({ remove: true, removeVolumes: true, timeout: 5_000 });
    },
  };
}
