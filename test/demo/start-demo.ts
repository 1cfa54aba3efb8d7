import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { freePort } from '../support/free-port.ts';
import { type SlackReceiver, startSlackReceiver } from '../support/servers/slack-receiver.ts';
import { type SmtpServer, startSmtp } from '../support/servers/smtp.ts';
import { createSigstoreWorld, type SigstoreWorld } from '../support/sigstore-world.ts';
import { waitFor } from '../support/wait-for.ts';
import { demoFiles } from './configuration.ts';
import { type DemoFolder, takeDemoFolder } from './demo-folder.ts';
import { UNANNOUNCED } from './images.ts';
import type { Interruption } from './interruption.ts';
import { type LosingWebhooks, startLosingWebhooks } from './losing-webhooks.ts';
import type { Progress } from './progress.ts';
import { type PushedDemoImage, pushDemoImage } from './push-demo-image.ts';
import { type DemoDaemon, startDaemon } from './start-daemon.ts';
import { type DemoRegistry, startRegistry } from './start-registry.ts';

/** Everything the demo runs, all of it on this machine. */
export interface Demo {
  readonly folder: DemoFolder;
  readonly sigstore: SigstoreWorld;
  readonly slack: SlackReceiver;
  readonly smtp: SmtpServer;
  readonly registry: DemoRegistry;
  /** The image whose webhook got lost before the daemon was there. */
  readonly unannounced: PushedDemoImage;
  readonly daemon: DemoDaemon;
}

/** Starts the parts in the order they need each other. */
export async function startDemo(progress: Progress, { own }: Interruption): Promise<Demo> {
  const folder = await own(takeDemoFolder());
  const sigstore = await progress.during(
    'a Sigstore of our own: certificate authority, logs, timestamps',
    Promise.resolve().then(() => createSigstoreWorld({ domain: 'sigstore.demo' })),
  );
  const slack = await own(startSlackReceiver());
  const smtp = await own(startSmtp({ startTls: 'off' }));
  const httpPort = await freePort();
  const webhook = randomBytes(24).toString('base64url');
  const webhooks = await own(startLosingWebhooks(`http://127.0.0.1:${httpPort}/webhooks/registry`, UNANNOUNCED));
  const registry = await own(
    progress.during(
      'a registry that announces its pushes',
      startRegistry({
        url: webhooks.url,
        headers: { Authorization: `Bearer ${webhook}` },
      }),
      ({ runsAs, host }) => `${runsAs}, at ${host}`,
    ),
  );
  const unannounced = await progress.during(
    `${UNANNOUNCED}, pushed before Lazaret is there`,
    pushUnheard(registry.url, webhooks),
    () => 'its webhook got lost',
  );
  await folder.write({
    ...demoFiles({ registryHost: registry.host, httpPort, smtpPort: smtp.port }),
    'trusted-root.json': sigstore.trustedRoot,
    'secrets/webhook': webhook,
    'secrets/slack': slack.url,
  });
  const daemon = await own(
    progress.during(
      'lazaret serve, with its own PostgreSQL',
      startDaemon({
        configFile: join(folder.path, 'lazaret.yaml'),
        logFile: join(folder.path, 'daemon.log'),
        port: httpPort,
      }),
      ({ url }) => `ready at ${url}`,
    ),
  );
  return { folder, sigstore, slack, smtp, registry, unannounced, daemon };
}

/** The registry announces its push a little later. */
async function pushUnheard(registryUrl: string, webhooks: LosingWebhooks): Promise<PushedDemoImage> {
  const image = await pushDemoImage(registryUrl, UNANNOUNCED);
  await waitFor(() => webhooks.lost() > 0, { what: `the webhook of ${UNANNOUNCED} to get lost`, intervalMs: 100 });
  return image;
}
