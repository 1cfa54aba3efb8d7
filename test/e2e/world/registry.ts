import { type FaultProxy, startFaultProxy } from '../../support/fault-proxy.ts';
import { freePort } from '../../support/free-port.ts';
import type { PushTarget } from '../../support/oci-push.ts';
import { startDistribution } from '../../support/servers/distribution.ts';
import { startOlareg } from '../../support/servers/olareg.ts';
import { TEST_USERS } from '../../support/servers/test-users.ts';
import { SECRETS } from './secrets.ts';

export type RegistryKind = 'distribution' | 'olareg';

/** A real registry behind a proxy that all traffic takes, ours and the daemon's. */
export interface WorldRegistry {
  readonly kind: RegistryKind;
  /** `127.0.0.1:PORT` of the proxy: what its images are called. */
  readonly host: string;
  readonly proxy: FaultProxy;
  /** Where to push, as a user who may write. */
  readonly target: PushTarget;
  readonly hasReferrers: boolean;
  readonly deletesTags: boolean;
  /** What the daemon's configuration says about it. */
  readonly config: Readonly<Record<string, unknown>>;
  stop(): Promise<void>;
}

/** Starts it. distribution announces pushes to `hookUrl`, if given; olareg announces nothing. */
export async function startWorldRegistry(kind: RegistryKind, hookUrl: string | undefined): Promise<WorldRegistry> {
  const running =
    kind === 'distribution'
      ? await startDistribution(distributionOptions(hookUrl))
      : await startOlareg({ auth: 'token' });
  const proxy = await startFaultProxy(new URL(running.url), { port: await freePort() });
  const { password } = TEST_USERS.writer;
  return {
    kind,
    host: proxy.host,
    proxy,
    target: { url: proxy.url, username: 'writer', password },
    hasReferrers: kind === 'olareg',
    deletesTags: kind === 'olareg',
    config: {
      id: 'prod',
      url: proxy.url,
      plainHttp: true,
      repositories: ['acme/**'],
      // olareg's token service is named by its own address, which is another port than the proxy's.
      realmHosts: [running.host],
      credentials: { username: 'reader', passwordFile: 'secrets/reader' },
      writeCredentials: { username: 'tagger', passwordFile: 'secrets/tagger' },
    },
    stop: async () => {
      await proxy.stop();
      await running.stop();
    },
  };
}

function distributionOptions(hookUrl: string | undefined) {
  const headers = { Authorization: `Bearer ${SECRETS.hook}` };
  return { basicAuth: true, ...(hookUrl !== undefined && { notifications: { url: hookUrl, headers } }) };
}
