import { spawn } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { requiredParts } from '../required-parts.ts';
import { type Backend, dockerProblem } from '../servers/backend.ts';
import { sweepContainers } from '../servers/sweep-containers.ts';
import { auditSignatures } from './audit-signatures.ts';
import { findServerTests } from './find-server-tests.ts';
import type { SuiteError } from './suite-errors.ts';
import { type RunResult, summarize, summaryLine, type VitestReport } from './summarize.ts';
import { tellTimes } from './tell-times.ts';

/**
 * The whole test run, as `make test` starts it: lint, types, unused code and the signatures of the packages; then the
 * unit tests, with the coverage of the pure core (a threshold missed is a failure); every other test against native
 * servers; then, where Docker answers, the tests that start a server once more against containers. A failed check counts
 * as one failure and keeps no test from running. Exits 0 only if nothing failed. The last line is also written to
 * `.cache/test-report/summary.txt`, for CI.
 */
const root = join(import.meta.dirname, '../../..');
const reports = join(root, '.cache/test-report');

await rm(reports, { recursive: true, force: true });
await mkdir(reports, { recursive: true });
const runs = [
  await check('lint', 'biome', ['check', '--error-on-warnings', '.']),
  await check('types', 'tsc', ['-p', 'tsconfig.json']),
  await check('unused code', 'knip', []),
  await checkSignatures(),
  ...(await runTests()),
];
const summary = summarize(runs);
for (const line of runs.flatMap(tellTimes)) console.log(line);
for (const line of summary.skips) console.log(`skipped  ${line}`);
for (const line of summary.failures) console.log(`failed   ${line}`);
console.log(summaryLine(summary));
await writeFile(join(reports, 'summary.txt'), `${summaryLine(summary)}\n`);
process.exitCode = summary.failed > 0 ? 1 : 0;

async function runTests(): Promise<RunResult[]> {
  const unit = await vitest('unit tests', 'unit', ['--project', 'unit', '--coverage']);
  const native = await vitest('native servers', 'native', ['--project', '!unit']);
  const problem = dockerProblem();
  if (problem !== undefined) {
    console.log(`No second run with containers: ${problem}.`);
    return [unit, native];
  }
  sweepContainers();
  const docker = await vitest('containers', 'docker', findServerTests(root));
  sweepContainers();
  return [unit, native, docker];
}

async function check(name: string, command: string, args: readonly string[]): Promise<RunResult> {
  console.log(`\n== ${name}`);
  return { name, exitCode: await run(command, args, {}) };
}

/** As with a server that a test needs: skipped, named and counted, and a failure where this run must have it. */
async function checkSignatures(): Promise<RunResult> {
  const name = 'signatures of the packages';
  console.log(`\n== ${name}`);
  const audit = await auditSignatures(root, ['', 'bin/toolchain']);
  if (audit.kind === 'signed') {
    console.log('All are signed by the registry that published them.');
    return { name, exitCode: 0 };
  }
  for (const line of [audit.words].flat()) console.log(line);
  if (audit.kind === 'broken' || requiredParts().includes('signatures')) return { name, exitCode: 1 };
  console.log('Nothing is known of their signatures, which is no pass: counted as skipped.');
  return { name, exitCode: 0, skipped: audit.words };
}

async function vitest(name: string, kind: 'unit' | Backend, filters: readonly string[]): Promise<RunResult> {
  console.log(`\n== tests, ${name}`);
  const output = join(reports, kind);
  const exitCode = await run('vitest', ['run', ...filters], {
    LAZARET_TEST_PARTS: kind === 'docker' ? 'docker' : 'native',
    LAZARET_TEST_REPORT: output,
  });
  const report = await read<VitestReport>(`${output}.json`);
  return { name, exitCode, report, suiteErrors: await read<SuiteError[]>(`${output}.suites.json`) };
}

async function read<T>(path: string): Promise<T | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as T;
  } catch {
    return undefined;
  }
}

/** The exit code; 1 for a signal or a command that could not start. */
function run(command: string, args: readonly string[], env: Readonly<Record<string, string>>): Promise<number> {
  return new Promise((resolve) => {
    const path = `${join(root, 'node_modules/.bin')}:${process.env['PATH'] ?? ''}`;
    const child = spawn(command, args, {
      cwd: root,
      stdio: 'inherit',
      env: { ...process.env, ...env, PATH: path },
    });
    child.once('error', () => resolve(1));
    child.once('exit', (code) => resolve(code ?? 1));
  });
}
