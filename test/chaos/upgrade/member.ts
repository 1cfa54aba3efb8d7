import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Build } from '../../bench/compare/build-revision.ts';
import { freePort } from '../../support/free-port.ts';
import type { LazaretDaemon } from '../../support/lazaret-daemon.ts';
import type { ChaosWorld, Place } from '../chaos-world.ts';
import { REGISTRIES } from '../plan-workload.ts';

/** One of the processes that are replaced: its folder and port stay, its build changes. */
export interface Member {
  readonly name: string;
  readonly port: number;
  daemon(): LazaretDaemon;
  build(): Build;
  /** Starts it by this build, and waits until it is ready. @throws {Error} with its output, where it ends instead */
  start(build: Build): Promise<void>;
}

/** Starts one of them, with a folder of its own under `dir`. @throws {Error} with its output, where it ends instead */
export async function startMember(
  { launch }: Pick<ChaosWorld, 'launch'>,
  { name, dir, build }: { readonly name: string; readonly dir: string; readonly build: Build },
): Promise<Member> {
  const port = await freePort();
  const folder = join(dir, name);
  await mkdir(folder, { recursive: true });
  const run = async (by: Build): Promise<LazaretDaemon> => {
    const place = { dir: folder, port, entry: [by.launcher] };
    try {
      return await launch({ ...place, edit: asAllReadIt });
    } catch (error) {
      if (!String(error).includes('perRe')) throw error;
      return await launch({ ...place, edit: withoutLimitsByPlace });
    }
  };
  let now = { build, daemon: await run(build) };
  return {
    name,
    port,
    daemon: () => now.daemon,
    build: () => now.build,
    async start(by) {
      now = { build: by, daemon: await run(by) };
    },
  };
}

/** What every release understands alike: a receiver for each registry, and the tag, whose default has changed once. */
const asAllReadIt: Place['edit'] = (config) => ({
  ...config,
  quarantine: { ...(config['quarantine'] as object), tag: 'quarantined-{digest}' },
  sources: REGISTRIES.map((id) => ({ kind: 'webhook', id, path: hookOf(id), dialect: 'lazaret', registry: id })),
});

/** The path after `/webhooks/` that pushes into a registry are announced at. */
export function hookOf(registryId: string): string {
  return `upgrade-hook-of-${registryId}`;
}

/** For a release that knows one limit for all quarantines, and has no others. */
const withoutLimitsByPlace: Place['edit'] = (config) => ({
  ...asAllReadIt(config),
  quarantine: { mode: 'tag', tag: 'quarantined-{digest}', breaker: { perHour: 100_000, share: 1 } },
});
