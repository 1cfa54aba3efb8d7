import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { describeWithPart } from '../support/parts.ts';
import { makeTempDir, type TempDir } from '../support/temp-dir.ts';
import { waitFor } from '../support/wait-for.ts';

const MAIN = join(import.meta.dirname, '../demo/main.ts');

interface RunningDemo {
  readonly child: ChildProcess;
  readonly folder: string;
  output(): string;
  /** Resolves with the exit code. */
  readonly ended: Promise<number | null>;
}

describeWithPart('registry', 'make demo', () => {
  let dir: TempDir;
  let demo: RunningDemo | undefined;

  beforeEach(async () => {
    dir = await makeTempDir('demo');
  });
  afterEach(async () => {
    demo?.child.kill('SIGKILL');
    await demo?.ended;
    await dir.remove();
  });

  function startDemo(env: Readonly<Record<string, string>> = {}): RunningDemo {
    const folder = join(dir.path, 'demo');
    const child = spawn(process.execPath, [MAIN], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, LAZARET_DEMO_FOLDER: folder, ...env },
    });
    let text = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (text += String(chunk)));
    const ended = once(child, 'close').then(([code]) => code as number | null);
    demo = { child, folder, output: () => text, ended };
    return demo;
  }

  function expectNothingLeft({ folder }: RunningDemo): void {
    expect(existsSync(folder)).toBe(false);
    expect(commandLines().filter((line) => line.includes(folder))).toEqual([]);
  }

  it('with DEMO=once shows how each image ended, exits 0 and leaves nothing behind', async () => {
    const once = startDemo({ DEMO: 'once' });
    expect(await once.ended, once.output()).toBe(0);
    const rows = [...once.output().matchAll(/^✓ (acme\/\S+):1\.0 +(\S+) +1\.0 +1\.0(.*)$/gm)].map((row) =>
      row.slice(1),
    );
    expect(
      rows.map(([repository, outcome, tags]) => [repository, outcome, tags?.replace(/[0-9a-f]{64}/, '…')]),
    ).toEqual([
      ['acme/signed', 'pass', ''],
      ['acme/unsigned', 'fail-missing', ', quarantined-…'],
      ['acme/stranger', 'fail-evidence', ', quarantined-…'],
      ['acme/wrong-source', 'fail-evidence', ', quarantined-…'],
      ['acme/late', 'pass', ''],
      ['acme/mended', 'pass', ', quarantined-… (says: released)'],
      ['acme/unannounced', 'fail-missing', ', quarantined-…'],
    ]);
    expect(once.output()).toMatch(/acme\/unannounced, .*: its webhook got lost/);
    expect(once.output()).toContain('its webhook got lost: a sweep of the registry finds it');
    expect(once.output()).toContain('Slack received 6 messages');
    expect(once.output()).toContain('received 6 mails');
    expectNothingLeft(once);
  });

  it('stays for a look around until Ctrl-C, then leaves nothing behind', async () => {
    const running = startDemo();
    await waitFor(() => running.output().includes('Everything is still running') || running.child.exitCode !== null, {
      what: 'the demo to stay',
      timeoutMs: 120_000,
      context: running.output,
    });
    const [, url = ''] = /ready at (\S+)/.exec(running.output()) ?? [];
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    running.child.kill('SIGINT');
    expect(await running.ended, running.output()).toBe(0);
    expectNothingLeft(running);
  });

  it('interrupted while it starts, stops what runs already and leaves nothing behind', async () => {
    const running = startDemo();
    await waitFor(() => running.output().includes('lazaret serve'), { what: 'the daemon to start', timeoutMs: 60_000 });
    running.child.kill('SIGINT');
    expect(await running.ended, running.output()).toBe(130);
    expectNothingLeft(running);
  });
});

/** The command lines of everything that runs here. Small Linux images have no `ps`, other systems have no `/proc`. */
function commandLines(): string[] {
  if (!existsSync('/proc/self/cmdline')) return execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' }).split('\n');
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(readCommandLine);
}

function readCommandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    // It has ended meanwhile.
    return '';
  }
}
