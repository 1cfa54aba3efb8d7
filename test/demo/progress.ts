import { createStyle } from '../../src/cli/terminal.ts';

/** Says what is going on: a line for each finished step, and on a terminal one more that tells what is under way. */
export interface Progress {
  /** Shows `what` until the promise settles; several may be under way at once. `note` becomes part of the last line. */
  during<T>(what: string, work: Promise<T>, note?: (result: T) => string): Promise<T>;
  /** Speaks no more of what is under way now. */
  abandon(): void;
}

// Often enough for tenths to look alive, rarely enough to cost nothing.
const REDRAW_MS = 100;
const ERASE_LINE = '\r\u001b[2K';

export function createProgress(stream: NodeJS.WriteStream): Progress {
  const live = stream.isTTY === true && process.env['TERM'] !== 'dumb';
  const style = createStyle(live && !process.env['NO_COLOR']);
  const running = new Map<string, number>();
  let timer: NodeJS.Timeout | undefined;

  const draw = (): void => {
    if (live) stream.write(`${ERASE_LINE}${describeRunning(running).slice(0, (stream.columns ?? 80) - 1)}`);
  };
  const print = (line: string): void => {
    stream.write(`${live ? ERASE_LINE : ''}${line}\n`);
    if (running.size > 0) draw();
  };
  const begin = (what: string): void => {
    running.set(what, performance.now());
    if (live) timer ??= setInterval(draw, REDRAW_MS);
    else print(`  … ${what}`);
  };
  const end = (what: string, line: string): void => {
    const start = running.get(what);
    if (start === undefined) return;
    const seconds = secondsSince(start);
    running.delete(what);
    if (running.size === 0) {
      clearInterval(timer);
      timer = undefined;
    }
    print(`${line} ${style.dim(seconds)}`);
  };
  return {
    async during(what, work, note) {
      begin(what);
      try {
        const result = await work;
        end(what, `  ${style.good('✓')} ${what}${note === undefined ? '' : `: ${note(result)}`}`);
        return result;
      } catch (error) {
        end(what, `  ${style.bad('✗')} ${what}`);
        throw error;
      }
    },
    abandon: () => running.clear(),
  };
}

function describeRunning(running: ReadonlyMap<string, number>): string {
  const [[first, since] = ['', 0], ...others] = running;
  const names = [first, ...others.map(([what]) => what)];
  const words = others.length === 0 ? first : names.map((name) => name.split(':')[0]).join(', ');
  return `  … ${words} ${secondsSince(since)}`;
}

function secondsSince(start: number): string {
  return `${((performance.now() - start) / 1000).toFixed(1)} s`;
}
