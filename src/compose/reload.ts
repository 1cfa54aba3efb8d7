import type { Logger } from 'pino';
import type { Config } from '../config/config.ts';
import { listSecrets } from '../config/list-secrets.ts';
import { renewSecrets } from '../config/renew-secrets.ts';
import { FaultError, InvalidInputError } from '../kit/errors.ts';
import type { Concerns } from '../ports/concerns.ts';
import type { ReloadNote } from '../records/folder/reload-note.ts';
import type { ReloadableTrust } from './reloadable-trust.ts';

export interface ReloadDeps {
  /** What is in use: its secrets are renewed in place. */
  readonly config: Config;
  /** @throws {InvalidInputError} with every fault of every file */
  readonly read: () => Promise<Config>;
  readonly trust: Pick<ReloadableTrust, 'change' | 'epoch'>;
  /** Puts policies in force. */
  readonly setPolicies: (policies: Config['policies']) => void;
  /** Has the server take certificates into use that have changed. */
  readonly renewTls: () => void;
  /** Secrets that must never be logged, from now on too. */
  readonly hide: (secrets: readonly string[]) => void;
  /** Leaves word for `lazaret reload`. */
  readonly note: (note: ReloadNote) => Promise<void>;
  readonly metrics: { reload(result: ReloadNote['result']): void };
  readonly concerns: Concerns;
  readonly clock: () => Date;
  readonly logger: Logger;
}

/** Reads the configuration again; one that comes while another is under way is made after it. */
export interface Reload {
  run(): Promise<void>;
}

/**
 * Creates the reload of policies, keys, trust roots and secrets. All or nothing: with a fault anywhere, everything that
 * was in force stays so, and log, metric and one notice say so.
 */
export function createReload(deps: ReloadDeps): Reload {
  let last: Promise<void> = Promise.resolve();
  return {
    run() {
      last = last.then(() => reload(deps));
      return last;
    },
  };
}

async function reload(deps: ReloadDeps): Promise<void> {
  const { logger, metrics, concerns, clock } = deps;
  let note: ReloadNote;
  try {
    note = { result: 'done', at: clock().toISOString(), ...(await putInForce(deps)) };
  } catch (error) {
    const issues = error instanceof InvalidInputError ? error.issues : [];
    if (!(error instanceof InvalidInputError) && !(error instanceof FaultError)) logger.error({ err: error }, FAILED);
    else logger.error({ code: error.code, issues }, `${FAILED}: ${error.message}`);
    const problem = error instanceof Error ? error.message : String(error);
    const [first] = issues;
    const where = first === undefined ? '' : ` (${first.where}: ${first.message})`;
    concerns.raise({ id: 'configuration', kind: 'not-reloaded', problem: `${problem}${where}` });
    note = { result: 'refused', at: clock().toISOString(), problem };
  }
  metrics.reload(note.result);
  await deps.note(note).catch((error: unknown) => logger.warn({ err: error }, 'could not leave word of the reload'));
}

const FAILED = 'the configuration was not reloaded, and what was in force stays so';

/** @throws {InvalidInputError} nothing was changed */
async function putInForce(deps: ReloadDeps): Promise<Pick<ReloadNote, 'policyRevision' | 'needsRestart'>> {
  const { config, logger, trust } = deps;
  const read = await deps.read();
  deps.hide(listSecrets(read));
  await trust.change({ ...config, trust: read.trust, policies: read.policies });
  deps.setPolicies(read.policies);
  const needsRestart = renewSecrets(config, read);
  deps.renewTls();
  const { revision: policyRevision } = read.policies;
  for (const { where, message, hint } of read.warnings) logger.warn({ where, hint }, message);
  const told = { policyRevision: policyRevision.slice(0, 12), trustEpoch: trust.epoch(), needsRestart };
  if (needsRestart.length === 0) logger.info(told, 'reloaded policies, keys and secrets');
  else logger.warn(told, 'reloaded policies, keys and secrets; other changes take effect with a restart');
  return { policyRevision, needsRestart };
}
