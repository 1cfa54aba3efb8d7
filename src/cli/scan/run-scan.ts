import { createJudge } from '../../compose/create-judge.ts';
import type { Config } from '../../config/config.ts';
import { parseProxyEnvironment } from '../../config/proxy-environment.ts';
import type { CliContext } from '../cli-context.ts';
import type { ExitCode } from '../exit-code.ts';
import { plainJson, plainText } from '../plain-text.ts';
import { silentLogger } from '../silent-logger.ts';
import { choosePolicies } from '../verify/choose-policies.ts';
import { chooseTrust } from '../verify/choose-trust.ts';
import { findConfiguration } from '../verify/run-verify.ts';
import { renderScan, toCsv, toJsonScan } from './render-scan.ts';
import { scanFile } from './scan-file.ts';
import { IMAGES_AT_ONCE, scanImages } from './scan-images.ts';
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
  const file = scanFile([...texts, policies.revision, options.trustedRoot ?? ''], env);
  const before = options.resume === true ? await file.read() : undefined;
  const progress = createScanProgress(before ?? { images: [], done: [] });
  const signal = context.interrupt();
  const places = openPlaces(targets, config, { plainHttp: options.plainHttp ?? false, env, proxy });
  try {
    await judgeHere(places, { policies, progress, signal, config, proxy, options, context });
  } finally {
    await Promise.all(places.map(({ registries }) => registries.close()));
  }
  if (signal.aborted) {
    await file.write(progress.before());
    context.terminal.err('interrupted: this is what was known by then; go on with the same command and --resume');
  } else {
    await file.remove();
  }
  print(progress.outcome(), !signal.aborted, options, context);
  return exitCodeOfScan(progress.outcome(), !signal.aborted);
}

interface Judging {
  readonly policies: ReturnType<typeof choosePolicies>;
  readonly progress: ScanProgress;
  readonly signal: AbortSignal;
  readonly config: Config | undefined;
  readonly proxy: Config['proxy'];
  readonly options: ScanOptions;
  readonly context: CliContext;
}

/** In a whole registry some evidence may be hostile, so it is verified in threads, as the daemon does. */
async function judgeHere(places: readonly ScanPlace[], judging: Judging): Promise<void> {
  const { policies, progress, signal, config, proxy, options, context } = judging;
  const trust = chooseTrust({
    trustedRoot: options.trustedRoot,
    config,
    proxy,
    policies: policies.policies,
    onConcern: (concern) => context.terminal.err(`note: ${plainText(concern)}`),
  });
  const evidenceBytes = config?.evidenceBytes;
  const bound = evidenceBytes === undefined ? {} : { evidenceBytes };
  try {
    const judge = createJudge({
      concurrency: IMAGES_AT_ONCE,
      ...bound,
      trust: await trust.roots(),
      logger: silentLogger(),
      // A thread that was lost shows in the verdict of its image.
      metrics: { threadLost: () => undefined },
    });
    const teller = tellProgress(progress, context.terminal);
    try {
      await scanImages(places, { policies, judge, ...bound, signal }, progress);
    } finally {
      teller.stop();
      await judge.stop();
    }
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
