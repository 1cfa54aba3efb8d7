import { createTerminal } from '../../src/cli/terminal.ts';
import { DEMO_IMAGES } from './images.ts';
import { createInterruption, InterruptedError } from './interruption.ts';
import { createProgress } from './progress.ts';
import { renderCommands } from './render-commands.ts';
import { renderMessages } from './render-messages.ts';
import { renderTable } from './render-table.ts';
import { type ImageResult, runImage } from './run-image.ts';
import { type Demo, startDemo } from './start-demo.ts';

/**
 * `make demo`: the whole way once, on this machine alone. Pushes images at a real registry, shows what Lazaret made of
 * them, and stays for a look around until Ctrl-C; with `DEMO=once` it ends after the table. Exits 0 only if every image
 * ended as it should.
 */
const INTERRUPTED = 130;
const terminal = createTerminal({ stdout: process.stdout, stderr: process.stderr, env: process.env });
const { style, width } = terminal;
const interruption = createInterruption();
const progress = createProgress(process.stderr);

// What was given up at Ctrl-C may still wait for something that will not come.
process.exit(await runDemo());

async function runDemo(): Promise<number> {
  const once = readOnce();
  let code = INTERRUPTED;
  try {
    terminal.out(style.bold('Lazaret: seven images, one registry, and who may have built them\n'));
    const demo = await startDemo(progress, interruption);
    const results = await interruption.until(runImages(demo));
    show(demo, results);
    code = results.every(({ problems }) => problems.length === 0) ? 0 : 1;
    if (!once) await stay();
  } catch (error) {
    if (!(error instanceof InterruptedError)) {
      terminal.err(`\ndemo: ${error instanceof Error ? error.message : String(error)}`);
      code = 1;
    }
  }
  progress.abandon();
  await progress.during('stopping everything', interruption.stopAll());
  return code;
}

function readOnce(): boolean {
  const value = process.env['DEMO'] ?? '';
  if (value === '' || value === 'once') return value === 'once';
  terminal.err(`demo: DEMO is "${value}"; it may be "once", to end after the table`);
  process.exit(2);
}

function runImages(demo: Demo): Promise<ImageResult[]> {
  const runs = DEMO_IMAGES.map((image) =>
    progress.during(`${image.repository}: ${image.story}`, runImage(demo, image), ({ outcome }) => outcome),
  );
  return Promise.all(runs);
}

function show(demo: Demo, results: readonly ImageResult[]): void {
  terminal.out(`\n${renderTable(results, style, width)}\n`);
  terminal.out(`${describeTime()}\n`);
  terminal.out(`${renderMessages(results, style, width)}\n`);
  terminal.out(renderCommands(demo, results, style));
}

/** `make demo` says when it began, so that the setup on a fresh clone counts too. */
function describeTime(): string {
  const started = Number(process.env['LAZARET_DEMO_STARTED']);
  if (!(started > 0)) return style.dim(`${Math.round(process.uptime())} s from the start of the demo to this table`);
  return style.dim(`${Math.round(Date.now() / 1000 - started)} s from \`make demo\` to this table, setup included`);
}

async function stay(): Promise<void> {
  terminal.out(style.bold('\nEverything is still running. Ctrl-C stops it and deletes what it made.'));
  // Signal handlers do not keep a process alive.
  const alive = setInterval(() => undefined, 60_000);
  await interruption.signal.finally(() => clearInterval(alive));
}
