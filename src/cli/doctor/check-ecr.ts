import type { Config } from '../../config/config.ts';
import type { EcrPlace } from '../../domain/ecr-host.ts';
import { isReadOnly } from '../../domain/mark-name.ts';
import type { RegistryCredentials } from '../../domain/registry-credentials.ts';
import { createConfiguredRegistry } from '../../registry/configured-registry.ts';
import type { EcrRights } from '../../registry/ecr/probe-rights.ts';
import { type Check, type CheckResult, fail, NO_WRITER, ok, warn } from './check.ts';

type RegistryConfig = Config['registries'][number];

/**
 * Tells with which identity a registry of ECR is asked, where, and which rights it lacks for reading and writing;
 * changes nothing.
 */
export function checkEcr(
  entry: RegistryConfig,
  place: EcrPlace,
  { quarantine, proxy }: Pick<Config, 'quarantine' | 'proxy'>,
): readonly Check[] {
  const mode = entry.mode ?? quarantine.mode;
  const locks = mode === 'lock';
  const look = async (task: 'read' | 'write', credentials: RegistryCredentials, signal: AbortSignal) => {
    const registry = createConfiguredRegistry({ ...entry, proxy, credentials });
    try {
      const repository = entry.repositories.find((glob) => !/[*?]/.test(glob));
      const question = { task, repository, covers: registry.covers, locks };
      const rights = await registry.ecr?.probe(credentials, question, signal);
      if (rights === undefined) throw new TypeError('a registry of ECR has its API');
      // The password that ECR gave is tried too, at the distribution API.
      if (task === 'read' && rights.missing.length === 0) await registry.reader.probe(rights.repository, signal);
      return describeRights(rights, place, { task, credentials, locks });
    } finally {
      await registry.close();
    }
  };
  const { credentials, writeCredentials } = entry;
  return [
    { name: `registry ${entry.id}`, run: (signal) => look('read', credentials, signal) },
    {
      name: `registry ${entry.id}, writing`,
      async run(signal) {
        if (isReadOnly(mode)) return ok(`nothing is written (quarantine.mode: ${mode})`);
        if (writeCredentials === undefined) {
          return warn(NO_WRITER, 'Add `writeCredentials` (`aws`, or `roleArn: …`), or set quarantine.mode: observe.');
        }
        return look('write', writeCredentials, signal);
      },
    },
  ];
}

interface Asked {
  readonly task: 'read' | 'write';
  readonly credentials: RegistryCredentials;
  readonly locks: boolean;
}

/** What archiving an image comes to. */
const COSTS =
  'each lock is an archived image: billed for 90 days at least, and up to 20 minutes until it can be pulled again';

function describeRights(
  { account, repository, missing }: EcrRights,
  { registryId, region }: EcrPlace,
  { task, credentials, locks }: Asked,
): CheckResult {
  const role = credentials.kind === 'aws' ? credentials.roleArn : undefined;
  const who = role ?? (account === undefined ? 'whom the SDK found' : `an identity of account ${account}`);
  const where = `account ${registryId}, region ${region}, as ${who}`;
  if (missing.length > 0) {
    const policies = account === registryId ? '' : ', and to the policies of its repositories';
    return fail(
      `${where}: missing ${missing.join(', ')}`,
      `Add them to this identity's policy${policies} (docs/ecr.md).`,
    );
  }
  const writes = locks ? `may lock and open images (${COSTS})` : 'may write and take off tags';
  const may = task === 'read' ? 'may read and list' : writes;
  if (repository !== undefined) return ok(`${where}: ${may}, as tried in ${repository}`);
  return warn(
    `${where}: it has no repository that is covered, so rights could not be tried`,
    'Check `repositories`, account and region.',
  );
}
