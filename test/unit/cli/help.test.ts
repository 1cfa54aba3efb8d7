import { describe, expect, it } from 'vitest';
import { createProgram } from '../../../src/cli/create-program.ts';
import { createStyle } from '../../../src/cli/terminal.ts';
import { run } from '../../support/cli/run.ts';

const terminal = {
  out: () => undefined,
  err: () => undefined,
  width: 100,
  style: createStyle(false),
  isTerminal: false,
};
const program = createProgram({
  terminal,
  env: {},
  readStdin: async () => new Uint8Array(),
  interrupt: () => new AbortController().signal,
  exitWith: () => undefined,
});

interface Named {
  readonly commands: readonly Named[];
  name(): string;
}

/** The words that lead to every command which does something. */
function leaves(command: Named, path: readonly string[] = []): string[][] {
  if (command.commands.length === 0) return [[...path]];
  return command.commands.flatMap((child) => leaves(child, [...path, child.name()]));
}

/** What operators' scripts and notices call. */
const PROMISED = [
  ...['serve', 'verify', 'verify-bundle', 'doctor', 'policy check', 'config check', 'config schema'],
  ...[
    'quarantine list',
    'quarantine release',
    'quarantine apply',
    'quarantine rehearsal',
    'quarantine resume',
    'recheck',
    'events parse',
    'notify test',
  ],
];

const COMMANDS = leaves(program).map((path) => path.join(' '));
const GROUPS = program.commands.filter(({ commands }) => commands.length > 0).map((group) => group.name());

describe('help', () => {
  it('names every command', async () => {
    const { code, out } = await run(['--help']);
    expect(code).toBe(0);
    for (const command of program.commands) expect(out).toMatch(new RegExp(`^ {2}${command.name()} `, 'm'));
    for (const command of PROMISED) expect(COMMANDS).toContain(command);
  });

  it.each([...COMMANDS, ...GROUPS])('of `%s` shows it in use and fits a terminal', async (command) => {
    const { code, out, err } = await run([...command.split(' '), '--help']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain('\nExamples:\n  # ');
    expect(out).toContain(`  $ `);
    expect(out).toContain(`lazaret ${command}`);
  });

  it('never goes beyond the width of the terminal, but for words to copy', async () => {
    const { out } = await run(['verify', '--help'], { width: 80 });
    const prose = out.slice(0, out.indexOf('Examples:'));
    for (const line of prose.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  });

  it('prints the version', async () => {
    expect(await run(['--version'])).toEqual({ code: 0, out: '0.1.0', err: '' });
  });
});

describe('a wrong call', () => {
  it.each([
    [['verfy'], "unknown command 'verfy'", 'Did you mean verify?'],
    [['events', 'prase'], "unknown command 'prase'", 'Did you mean parse?'],
    [['verify'], "missing required argument 'image'", 'see `lazaret verify --help`'],
    [['verify', 'a', '--plain-htp'], "unknown option '--plain-htp'", 'Did you mean --plain-http?'],
    [['verify', 'a', 'b'], 'too many arguments', 'see `lazaret verify --help`'],
    [['verify', 'a', '-o', 'xml'], "argument 'xml' is invalid", 'text, json'],
    [['events', 'parse'], "required option '-d, --dialect <name>' not specified", 'see `lazaret events parse --help`'],
  ])('%j exits 2, names the fault and the way on', async (args, fault, wayOn) => {
    const { code, out, err } = await run(args);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(fault);
    expect(err).toContain(wayOn);
  });

  it.each([[[]], [['policy']], [['quarantine']]])('%j without a command shows what there is, exit 2', async (args) => {
    const { code, out, err } = await run(args);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain('Commands:');
  });
});
