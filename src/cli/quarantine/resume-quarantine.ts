import type { Config } from '../../config/config.ts';
import { readConfig } from '../../config/read-config.ts';
import { registryName } from '../../domain/registry-name.ts';
import { InvalidInputError } from '../../kit/errors.ts';
import { globFault, matchesGlob } from '../../kit/glob.ts';
import type { HeldQuarantine } from '../../ports/recorded-write.ts';
import type { CliContext } from '../cli-context.ts';
import { plainJson } from '../plain-text.ts';
import type { OutputFormat } from '../shared-options.ts';
import { openRecord } from './open-record.ts';
import { isRehearsing, readHeld } from './read-held.ts';
import { groupHeld, planResume, renderHeld, toJsonHeld } from './render-held.ts';
import { userName } from './user-name.ts';

/** The options of `quarantine resume`. */
export interface ResumeOptions {
  readonly config?: string;
  /** Glob over `HOST/REPOSITORY`, or over the repository alone. */
  readonly repository?: string;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly output: OutputFormat;
}

/**
 * Shows what limits hold back and what would become of it, and lets it go if a person says so. A daemon makes the writes.
 * @throws {InvalidInputError} `USAGE_INVALID` @throws {FaultError} of the database
 */
export async function resumeQuarantine(options: ResumeOptions, context: CliContext): Promise<void> {
  const { terminal } = context;
  checkGlob(options.repository);
  const config = await readConfig(options.config, context.env);
  const record = await openRecord(config);
  try {
    const held = record === null ? [] : await readHeld(record.records);
    const chosen = held.filter((each) => isChosen(each, options, config));
    const waiting = chosen.filter(({ resumedBy }) => resumedBy === null);
    const groups = groupHeld(waiting, (registryId) => hostOf(registryId, config));
    const plan = planResume(waiting.length, config.quarantine.breaker.perHour);
    const before = chosen.length - waiting.length;
    if (options.output === 'text') terminal.out(renderHeld({ groups, plan, before }, terminal));
    const isMeant =
      waiting.length > 0 && options.dryRun !== true && (await isConfirmed(waiting.length, options, context));
    const ids = waiting.map(({ id }) => id);
    const resumed =
      isMeant && record !== null ? await record.records.held.resume(ids, { by: userName(), now: new Date() }) : 0;
    if (options.output === 'json') {
      terminal.out(plainJson(toJsonHeld({ groups, plan, before, resumed, dryRun: options.dryRun === true }), 2));
    } else if (isMeant) terminal.err(`${resumed} ${resumed === 1 ? 'quarantine was' : 'quarantines were'} let go.`);
    else if (waiting.length > 0) terminal.err('Nothing was done.');
  } finally {
    await record?.close();
  }
}

function checkGlob(glob: string | undefined): void {
  const fault = glob === undefined ? undefined : globFault(glob);
  if (fault === undefined) return;
  throw new InvalidInputError('USAGE_INVALID', fault, [{ where: '--repository', message: fault }]);
}

/** What is rehearsed needs nobody to let it go. */
function isChosen(
  { registryId, repository }: HeldQuarantine,
  { repository: glob }: ResumeOptions,
  config: Config,
): boolean {
  if (isRehearsing(registryId, config)) return false;
  const names = [`${hostOf(registryId, config)}/${repository}`, repository];
  return glob === undefined || names.some((name) => matchesGlob(glob, name));
}

function hostOf(registryId: string, { registries }: Config): string {
  const registry = registries.find(({ id }) => id === registryId);
  return registry === undefined ? registryId : registryName(registry.url);
}

async function isConfirmed(count: number, { yes, output }: ResumeOptions, { ask }: CliContext): Promise<boolean> {
  if (yes === true) return true;
  if (ask === undefined || output === 'json') {
    throw new InvalidInputError('USAGE_INVALID', 'expected --yes, because nobody can be asked here', [
      { where: '--yes', message: 'it is missing', hint: 'Look at the plan with --dry-run first.' },
    ]);
  }
  const answer = await ask(`Let ${count === 1 ? 'it' : `all ${count}`} go? [y/N] `);
  return /^y(es)?$/i.test(answer.trim());
}
