import type { Config } from '../../config/config.ts';
import { parseProxyEnvironment } from '../../config/proxy-environment.ts';
import type { PolicySet } from '../../domain/policy.ts';
import { readIfThere } from '../../kit/io/atomic-file.ts';
import { matchPolicies } from '../../policy/judge/match-policies.ts';
import type { CliContext } from '../cli-context.ts';
import type { ExitCode } from '../exit-code.ts';
import { plainJson, plainText } from '../plain-text.ts';
import { choosePolicies } from '../verify/choose-policies.ts';
import { chooseTrust } from '../verify/choose-trust.ts';
import { findConfiguration } from '../verify/find-configuration.ts';
import { judgeByDaemon } from './judge-by-daemon.ts';
import { judgeHere } from './judge-here.ts';
import { renderScan, toCsv, toJsonScan } from './render-scan.ts';
import { scanFile } from './scan-file.ts';
import { exitCodeOfScan, type ScanOutcome } from './scan-outcome.ts';
import { openPlaces, type ScanPlace } from './scan-places.ts';
import { createScanProgress, type ScanProgress } from './scan-progress.ts';
import { parseScanTargets } from './scan-target.ts';
import { tellProgress } from './tell-progress.ts';

/** The options of `scan`, as written. */
export interface ScanOptions {
  readonly config?: string;
  readonly policy?: readonly string[];
  readonly trustedRoot?: string;
  readonly plainHttp?: boolean;
  readonly resume?: boolean;
  /** Puts nothing on record, and keeps no file to go on from. */
  readonly dryRun?: boolean;
  readonly output: 'table' | 'json' | 'csv';
}

/**
 * Judges everything in these targets and prints what was found.
 * @throws {InvalidInputError} for a wrong call, configuration or policy
 */
export async function runScan(texts: readonly string[], options: ScanOptions, context: CliContext): Promise<ExitCode> {
  const config = await findConfiguration(options, context);
  const targets = parseScanTargets(texts, config?.registries ?? []);
  const { env } = context;
  const proxy = config === undefined ? parseProxyEnvironment(env) : config.proxy;
  const policies = choosePolicies(options.policy ?? [], config);
  const file = scanFile([...texts, policies.revision, await trustedRootOf(options)], env);
  // Other policies than the daemon's are judged by here.
  const daemon = options.config !== undefined && options.policy === undefined ? config : undefined;
  const before = options.resume === true && daemon === undefined ? await file.read() : undefined;
  if (options.resume === true && daemon === undefined && before === undefined) context.terminal.err(NOTHING_BEFORE);
  const progress = createScanProgress(before ?? { images: [], done: [] });
  const signal = context.interrupt();
  const places = openPlaces(targets, config, { plainHttp: options.plainHttp ?? false, env, proxy });
  const teller = tellProgress(progress, context.terminal);
  try {
    if (daemon !== undefined)
      await judgeByDaemon(places, { config: daemon, signal, dryRun: options.dryRun === true }, progress);
    else await judge(places, { policies, progress, signal, config, proxy, options, context });
  } finally {
    teller.stop();
    await Promise.all(places.map(({ registries }) => registries.close()));
  }
  const { images, notTold } = progress.outcome();
  const canGoOn = daemon === undefined && (signal.aborted || (notTold.length > 0 && images.length > 0));
  if (options.dryRun !== true) {
    if (canGoOn) await file.write(progress.before());
    else await file.remove();
  }
  if (signal.aborted) context.terminal.err(daemon === undefined ? RESUME : FOLLOW);
  print(progress.outcome(), !signal.aborted, options, context);
  return exitCodeOfScan(progress.outcome(), !signal.aborted);
}

// A file that cannot be read is told of where trust is chosen.
async function trustedRootOf({ trustedRoot }: ScanOptions): Promise<string> {
  if (trustedRoot === undefined) return '';
  return (await readIfThere(trustedRoot).catch(() => undefined)) ?? '';
}

const NOTHING_BEFORE =
  'note: no scan of the same targets, policies and trust was interrupted here, so all of it is looked at';
const RESUME = 'interrupted: this is what was known by then; go on with the same command and --resume';
const FOLLOW = 'interrupted: this is what was known by then; the daemon goes on with what it was given';

interface Judging {
  readonly policies: PolicySet;
  readonly progress: ScanProgress;
  readonly signal: AbortSignal;
  readonly config: Config | undefined;
  readonly proxy: Config['proxy'];
  readonly options: ScanOptions;
  readonly context: CliContext;
}

async function judge(places: readonly ScanPlace[], judging: Judging): Promise<void> {
  const { policies, progress, signal, config, proxy, options, context } = judging;
  const trust = chooseTrust({
    trustedRoot: options.trustedRoot,
    config,
    proxy,
    policies: policies.policies,
    onConcern: (concern) => context.terminal.err(`note: ${plainText(concern)}`),
  });
  const bound = config === undefined ? {} : { evidenceBytes: config.evidenceBytes };
  // With `alert`, nothing says what an image that no policy names must prove.
  const isCovered = (name: string) => policies.noMatch !== 'alert' || matchPolicies(policies, name).length > 0;
  try {
    await judgeHere(places, { policies, isCovered, trust, ...bound, signal }, progress);
  } finally {
    await trust.close();
  }
}

function print(
  outcome: ScanOutcome,
  isWhole: boolean,
  { output }: ScanOptions,
  { terminal }: Pick<CliContext, 'terminal'>,
): void {
  if (output === 'json') terminal.out(plainJson(toJsonScan(outcome, isWhole), 2));
  else if (output === 'csv') terminal.out(toCsv(outcome));
  else terminal.out(renderScan(outcome, terminal));
}
