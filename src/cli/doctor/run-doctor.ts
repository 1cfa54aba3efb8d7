import type { Config } from '../../config/config.ts';
import { readConfig } from '../../config/read-config.ts';
import { registryName } from '../../domain/registry-name.ts';
import type { CliContext } from '../cli-context.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { plainJson, plainText } from '../plain-text.ts';
import type { OutputFormat } from '../shared-options.ts';
import type { Style } from '../terminal.ts';
import { wrapText } from '../wrap-text.ts';
import { type Check, type CheckReport, type CheckResult, ok, runCheck, warn } from './check.ts';
import { checkCapabilities } from './check-capabilities.ts';
import { checkClock } from './check-clock.ts';
import { checkDataFolder } from './check-data-folder.ts';
import { checkDatabase } from './check-database.ts';
import { checkInventories } from './check-inventory.ts';
import { checkPolicies } from './check-policies.ts';
import { checkPort } from './check-port.ts';
import { checkProxy } from './check-proxy.ts';
import { checkQueue } from './check-queue.ts';
import { checkRegistry } from './check-registry.ts';
import { checkSink } from './check-sink.ts';
import { checkSource } from './check-source.ts';
import { checkTls } from './check-tls.ts';
import { checkTrust } from './check-trust.ts';
import { checkUntold } from './check-untold.ts';

/** The options of `doctor`. */
export interface DoctorOptions {
  readonly config?: string;
  readonly output: OutputFormat;
}

/** What has not answered by then is down for our purposes: a registry's own limit is 20 s, and people wait here. */
const CHECK_TIMEOUT_MS = 20_000;

/**
 * Reaches everything the configuration names and prints a line for each.
 * @throws {InvalidInputError} whatever is wrong with the configuration itself
 */
export async function runDoctor(options: DoctorOptions, context: CliContext): Promise<ExitCode> {
  const config = await readConfig(options.config, context.env);
  const interrupt = context.interrupt();
  // Side by side, and printed in order: one that hangs must not hide the others for long.
  const running = checksFor(config).map((check) =>
    runCheck(check, AbortSignal.any([interrupt, AbortSignal.timeout(CHECK_TIMEOUT_MS)])),
  );
  const reports: CheckReport[] = [];
  for (const report of running) {
    const done = await report;
    reports.push(done);
    if (options.output === 'text') context.terminal.out(render(done, context));
  }
  const ok = reports.every(({ status }) => status !== 'fail');
  if (options.output === 'json') context.terminal.out(plainJson({ ok, checks: reports.map(toJson) }, 2));
  else context.terminal.out(summarize(reports, context.terminal.style));
  return ok ? EXIT.ok : EXIT.couldNotTell;
}

function checksFor(config: Config): readonly Check[] {
  const covered = config.registries.map(({ id, url, repositories }) => ({ id, host: registryName(url), repositories }));
  return [
    { name: 'configuration', run: async () => describeConfiguration(config) },
    ...checkPolicies(config.policies, covered),
    checkProxy(config),
    ...config.registries.flatMap((entry) => checkRegistry(entry, config)),
    ...checkCapabilities(config),
    ...checkInventories(config),
    ...checkTrust(config),
    checkClock(config),
    checkDataFolder(config.dataDir),
    checkDatabase(config),
    checkUntold(config),
    checkQueue(config),
    ...config.sources.map((source) => checkSource(source, config)),
    ...config.notify.map((sink) => checkSink(sink, config.proxy)),
    checkPort(config.http),
    ...checkTls(config),
  ];
}

function describeConfiguration({ file, warnings }: Config): CheckResult {
  if (warnings.length === 0) return ok(`${file} is in order`);
  const hints = warnings.flatMap(({ hint }) => (hint === undefined ? [] : [hint]));
  const odd = warnings.map(({ message }) => message).join('; ');
  return warn(`${file} is in order, but probably not as it is meant: ${odd}`, hints.join(' '));
}

function toJson({ name, status, message, advice }: CheckReport): object {
  return { name, status, message, advice: advice ?? null };
}

function render({ name, status, message, advice }: CheckReport, { terminal }: CliContext): string {
  const { style, width } = terminal;
  const mark = { ok: style.good('ok  '), warn: style.warn('warn'), fail: style.bad('fail') }[status];
  const line = `${mark} ${plainText(`${name}: ${message}`)}`;
  return advice === undefined ? line : `${line}\n${wrapText(plainText(advice), { width, indent: 5 })}`;
}

function summarize(reports: readonly CheckReport[], style: Style): string {
  const count = (wanted: CheckReport['status']): number => reports.filter(({ status }) => status === wanted).length;
  const [failed, warned] = [count('fail'), count('warn')];
  if (failed > 0) return style.bad(`${failed} of ${reports.length} checks failed.`);
  return warned > 0 ? style.warn(`All works; ${warned} to look at.`) : style.good('All is well.');
}
