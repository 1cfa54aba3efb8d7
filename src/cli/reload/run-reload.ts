import { setTimeout as delay } from 'node:timers/promises';
import { readConfig } from '../../config/read-config.ts';
import { errorCode } from '../../kit/error-code.ts';
import { FaultError, InvalidInputError } from '../../kit/errors.ts';
import { findHolder } from '../../records/folder/folder-lock.ts';
import { type ReloadNote, readReloadNote } from '../../records/folder/reload-note.ts';
import type { CliContext } from '../cli-context.ts';
import { plainJson, plainText } from '../plain-text.ts';
import type { OutputFormat } from '../shared-options.ts';

/** The options of `reload`, as written. */
export interface ReloadOptions {
  readonly config?: string;
  readonly dryRun?: boolean;
  readonly output: OutputFormat;
}

/** Reading policies takes milliseconds; opening other trust roots may wait for a request under way. */
const PATIENCE_MS = 30_000;
const LOOK_MS = 100;

/**
 * Has the daemon read its configuration again, and says what came of it.
 * @throws {InvalidInputError} faults of the files, before the daemon is told; no daemon to tell; what it refused
 * @throws {FaultError} `RELOAD_UNANSWERED`
 */
export async function runReload(options: ReloadOptions, context: CliContext): Promise<void> {
  const { dataDir } = await readConfig(options.config, context.env);
  const pid = await findDaemon(dataDir);
  if (options.dryRun === true) {
    if (options.output === 'json') context.terminal.out(plainJson({ dryRun: true, pid }, 2));
    else context.terminal.out(`The files have no fault; process ${pid} would be told to read them. Nothing was done.`);
    return;
  }
  const before = await readReloadNote(dataDir);
  signalDaemon(pid, dataDir);
  const note = await awaitNote(dataDir, before, context.interrupt());
  if (note.result === 'refused') {
    const why = note.problem ?? 'it does not say why';
    throw new InvalidInputError('CONFIG_INVALID', `the daemon has not reloaded: ${why}`, [
      { where: dataDir, message: 'what was in force stays so', hint: 'Its log names every fault.' },
    ]);
  }
  report(note, options, context);
}

function nobody(dataDir: string, message: string, hint: string): InvalidInputError {
  return new InvalidInputError('USAGE_INVALID', 'there is no daemon to tell', [{ where: dataDir, message, hint }]);
}

async function findDaemon(dataDir: string): Promise<number> {
  const holder = await findHolder(dataDir);
  if (holder === undefined) throw nobody(dataDir, 'no daemon runs on this data folder', 'Start it: lazaret serve');
  const { pid, host, isHere } = holder;
  if (isHere) return pid;
  const hint = `Run the command there, or send SIGHUP to process ${pid}.`;
  throw nobody(dataDir, `its daemon runs elsewhere, on ${host}`, hint);
}

function signalDaemon(pid: number, dataDir: string): void {
  const refuse = (message: string, hint: string): InvalidInputError => nobody(dataDir, message, hint);
  try {
    process.kill(pid, 'SIGHUP');
  } catch (error) {
    if (errorCode(error) === 'ESRCH') throw refuse('its daemon has just ended', 'Start it: lazaret serve');
    throw refuse(`process ${pid} may not be signalled by this user`, 'Run the command as the user of the daemon.');
  }
}

async function awaitNote(dataDir: string, before: ReloadNote | undefined, signal: AbortSignal): Promise<ReloadNote> {
  const end = performance.now() + PATIENCE_MS;
  while (performance.now() < end && !signal.aborted) {
    const note = await readReloadNote(dataDir);
    if (note !== undefined && note.at !== before?.at) return note;
    await delay(LOOK_MS);
  }
  throw new FaultError('RELOAD_UNANSWERED', `the daemon has not said within ${PATIENCE_MS / 1000} s what came of it`, {
    retryable: true,
    hint: 'Look at its log: an older release ends when it is told to reload.',
  });
}

function report(
  { policyRevision = '', needsRestart = [] }: ReloadNote,
  { output }: ReloadOptions,
  { terminal }: CliContext,
): void {
  if (output === 'json') {
    terminal.out(plainJson({ policyRevision, needsRestart }, 2));
    return;
  }
  terminal.out(`reloaded: policies ${policyRevision.slice(0, 12)}, keys and secrets are in force`);
  if (needsRestart.length === 0) return;
  terminal.err(
    plainText(`these sections have changed too, and take effect with a restart: ${needsRestart.join(', ')}`),
  );
}
