import { describe, expect, it } from 'vitest';
import { EXIT, exitCodeOf } from '../../../src/cli/exit-code.ts';
import { printError } from '../../../src/cli/print-error.ts';
import type { Outcome } from '../../../src/domain/verdict.ts';
import { FaultError, InvalidInputError } from '../../../src/kit/errors.ts';

function print(error: unknown): { code: number; text: string } {
  const lines: string[] = [];
  const code = printError(error, { err: (text) => void lines.push(text) });
  return { code, text: lines.join('\n') };
}

describe('an error at the edge of the process', () => {
  it('bad input names every issue with its place and advice, exit 2', () => {
    const error = new InvalidInputError('CONFIG_INVALID', 'the configuration has 2 faults', [
      { where: 'lazaret.yaml:3:1', message: 'unknown key "regstries"', hint: 'Did you mean "registries"?' },
      { where: 'lazaret.yaml:9:4', message: 'expected a URL' },
    ]);
    expect(print(error)).toEqual({
      code: 2,
      text: [
        'error: the configuration has 2 faults (CONFIG_INVALID)',
        '  lazaret.yaml:3:1: unknown key "regstries"',
        '    Did you mean "registries"?',
        '  lazaret.yaml:9:4: expected a URL',
      ].join('\n'),
    });
  });

  it('an issue that repeats the message is not told twice', () => {
    const error = new InvalidInputError('USAGE_INVALID', 'IMAGE: too long', [
      { where: 'IMAGE', message: 'too long', hint: 'Shorten it.' },
    ]);
    expect(print(error).text).toBe('error: IMAGE: too long (USAGE_INVALID)\n    Shorten it.');
  });

  it('an issue whose message says where it is, neither', () => {
    const error = new InvalidInputError('CONFIG_NOT_FOUND', 'there is no file /a.yaml', [
      { where: 'a.yaml', message: 'there is no file /a.yaml', hint: 'Write it.' },
    ]);
    expect(print(error).text).toBe('error: there is no file /a.yaml (CONFIG_NOT_FOUND)\n    Write it.');
  });

  it("a fault of the world names the other side's code and what to do, exit 3", () => {
    const error = new FaultError('REGISTRY_DENIED', 'the registry refused', {
      retryable: false,
      remoteCode: 'DENIED',
      hint: 'Check the credentials.',
    });
    expect(print(error)).toEqual({
      code: 3,
      text: 'error: the registry refused (REGISTRY_DENIED, DENIED)\n  Check the credentials.',
    });
  });

  it('says that trying again may help where nothing better is known', () => {
    const error = new FaultError('REGISTRY_TIMEOUT', 'no answer in 20 s', { retryable: true });
    expect(print(error).text).toContain('Trying again later may help.');
  });

  it('a defect is told as one with its frames, exit 70: never as "the image fails"', () => {
    const { code, text } = print(new TypeError('x is not a function'));
    expect(code).toBe(EXIT.defect);
    expect(text).toMatch(/^error: Lazaret itself failed: x is not a function\n {2}at /);
    expect(text).toContain('please report it');
  });

  it('hostile words in an error cannot move the cursor', () => {
    const error = new FaultError('REGISTRY_ERROR', 'it said \u001b[2J\nfine', {
      retryable: false,
      remoteCode: '\u202e',
    });
    expect(print(error).text).toBe('error: it said \\u{1b}[2J fine (REGISTRY_ERROR, \\u{202e})');
  });
});

describe('the exit code of an outcome', () => {
  it.each<[Outcome, number]>([
    ['pass', 0],
    ['fail-evidence', 1],
    ['fail-missing', 1],
    ['indeterminate', 3],
    ['rejected-input', 4],
  ])('%s is %i', (outcome, code) => {
    expect(exitCodeOf(outcome)).toBe(code);
  });
});
