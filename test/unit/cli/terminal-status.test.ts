import { describe, expect, it } from 'vitest';
import { createTerminal } from '../../../src/cli/terminal.ts';

const CLEAR = '\r\u001b[K';

/** A terminal that keeps the lines of its window as a person would see them. */
function openWindow(isTTY: boolean, env: Readonly<Record<string, string>> = {}) {
  const lines = [''];
  const write = (text: string): void => {
    for (const [part] of text.replaceAll(CLEAR, '\r').matchAll(/[\n\r]|[^\n\r]+/g)) {
      if (part === '\n') lines.push('');
      else lines[lines.length - 1] = part === '\r' ? '' : `${lines.at(-1)}${part}`;
    }
  };
  const stream = { write, isTTY, columns: 60 };
  return { lines, terminal: createTerminal({ stdout: stream, stderr: stream, env }) };
}

describe('the status line of a terminal', () => {
  it('stays below what is printed, in the place of the one before, and goes without a trace', () => {
    const { lines, terminal } = openWindow(true);
    terminal.status?.('1 of 9');
    terminal.err('note: something');
    terminal.status?.('2 of 9');
    expect(lines).toEqual(['note: something', '2 of 9']);
    terminal.status?.('');
    terminal.out('done');
    expect(lines).toEqual(['note: something', 'done', '']);
  });

  it('is cut to the width, because a line that wraps could not be taken away', () => {
    const { lines, terminal } = openWindow(true);
    terminal.status?.('x'.repeat(500));
    expect(lines).toEqual(['x'.repeat(59)]);
  });

  it.each([
    ['a file', false, {}],
    ['a terminal that cannot rewrite a line', true, { TERM: 'dumb' }],
  ])('is absent for %s', (_, isTTY, env) => {
    expect(openWindow(isTTY, env).terminal.status).toBeUndefined();
  });
});
