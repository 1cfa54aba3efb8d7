import { styleText } from 'node:util';

/** Where a command writes. The result goes to `out` and nothing else does; all that is said about it goes to `err`. */
export interface Terminal {
  out(text: string): void;
  err(text: string): void;
  /**
   * Shows one line below all others in the place of the one shown before, where people watch `err`; empty text takes it
   * away. Absent where `err` is a file or a pipe.
   */
  readonly status?: (text: string) => void;
  /** Columns to wrap text at. */
  readonly width: number;
  /** Emphasis for `out`: returns the text as it is where no colour is wanted. */
  readonly style: Style;
  /** Whether people read `out` as it comes: it is not a file or a pipe. */
  readonly isTerminal: boolean;
}

/** Words that may be coloured; each function returns the text, with or without colour. */
export interface Style {
  good(text: string): string;
  bad(text: string): string;
  warn(text: string): string;
  dim(text: string): string;
  bold(text: string): string;
}

// A line longer than this is tiring to read, however wide the window is.
const MAX_WIDTH = 110;
const MIN_WIDTH = 40;

/** What a terminal is made of: the process's own streams, or others in their place. */
export interface TerminalStreams {
  readonly stdout: { write(text: string): unknown; readonly isTTY?: boolean; readonly columns?: number };
  readonly stderr: { write(text: string): unknown; readonly isTTY?: boolean };
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** A terminal over these streams; coloured only on a TTY and where `NO_COLOR` (https://no-color.org) is not set. */
export function createTerminal(streams: TerminalStreams): Terminal {
  const { stdout, stderr, env } = streams;
  const coloured = stdout.isTTY === true && !env['NO_COLOR'] && env['TERM'] !== 'dumb';
  const width = Math.min(MAX_WIDTH, Math.max(MIN_WIDTH, stdout.columns ?? MAX_WIDTH));
  const canRewrite = stderr.isTTY === true && env['TERM'] !== 'dumb';
  let shown = '';
  const show = (text: string): void => {
    if (text !== shown) stderr.write(`\r\u001b[K${text}`);
    shown = text;
  };
  // A line that goes by pushes the status down, not into itself.
  const above = (write: () => unknown): void => {
    const below = shown;
    if (below !== '') show('');
    write();
    if (below !== '') show(below);
  };
  return {
    out: (text) => above(() => stdout.write(`${text}\n`)),
    err: (text) => above(() => stderr.write(`${text}\n`)),
    ...(canRewrite && { status: (text) => show(text.slice(0, width - 1)) }),
    width,
    style: createStyle(coloured),
    isTerminal: stdout.isTTY === true,
  };
}

/** The style: the terminal's own colours, or none. */
export function createStyle(coloured: boolean): Style {
  // Whether this stream is one for colours was decided above: Node would ask the process's own.
  const paint = (format: Parameters<typeof styleText>[0]) => (text: string) =>
    coloured ? styleText(format, text, { validateStream: false }) : text;
  return { good: paint('green'), bad: paint('red'), warn: paint('yellow'), dim: paint('dim'), bold: paint('bold') };
}
