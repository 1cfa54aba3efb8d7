import { readFileSync } from 'node:fs';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createProgram } from '../../../src/cli/create-program.ts';
import { createStyle } from '../../../src/cli/terminal.ts';
import { run } from '../../support/cli/run.ts';
import { makeTempDir } from '../../support/temp-dir.ts';

const DOCS = readFileSync(new URL('../../../docs/cli.md', import.meta.url), 'utf8');

const program = createProgram({
  terminal: { out: () => {}, err: () => {}, width: 100, style: createStyle(false), isTerminal: false },
  env: {},
  readStdin: async () => new Uint8Array(),
  interrupt: () => new AbortController().signal,
  exitWith: () => undefined,
});

/** Every command that does something, by the words that lead to it. */
function leaves(command: Command, path: readonly string[] = []): [string, Command][] {
  if (command.commands.length === 0) return [[path.join(' '), command]];
  return command.commands.flatMap((child) => leaves(child, [...path, child.name()]));
}

const COMMANDS = new Map(leaves(program));

/** What the table of docs/cli.md says of each: what it writes, and its `--dry-run`. */
const TABLE = new Map(
  [...section('## What commands write').matchAll(/^\| `([^`]+)` \|([^|]*)\|([^|]*)\|$/gm)].map(
    ([, name = '', writes = '', dryRun = '']) => [name, { writes: writes.trim(), dryRun: dryRun.trim() }] as const,
  ),
);

function section(heading: string): string {
  const from = DOCS.indexOf(`${heading}\n`);
  return DOCS.slice(from, DOCS.indexOf('\n## ', from + 1));
}

describe('the commands', () => {
  it('are all in the table of what they write', () => {
    expect([...TABLE.keys()].toSorted()).toEqual([...COMMANDS.keys()].toSorted());
  });

  it.each([...COMMANDS])('`%s` has --dry-run exactly where it writes something', (name, command) => {
    const hasOption = command.options.some(({ long }) => long === '--dry-run');
    const told = TABLE.get(name);
    expect({ hasOption, says: told?.dryRun === 'yes' }).toEqual({ hasOption, says: hasOption });
    // What the daemon itself would write is rehearsed, and what is taken back at once is no change.
    const isExcused = name === 'serve' || name === 'doctor';
    expect(hasOption).toBe(told?.writes !== 'nothing' && !isExcused);
  });
});

describe('--dry-run', () => {
  async function folder(): Promise<string> {
    const dir = await makeTempDir('dry');
    onTestFinished(() => dir.remove());
    return dir.path;
  }

  async function configured(): Promise<{ dir: string; config: string }> {
    const dir = await folder();
    const spec = { images: ['**'], require: [{ name: 's', signature: { signer: { issuer: 'i', subject: 'me' } } }] };
    const policy = { apiVersion: 'lazaret.dev/v1', kind: 'ImagePolicy', metadata: { name: 'all' }, spec };
    await writeFile(join(dir, 'policy.yaml'), JSON.stringify(policy));
    const config = join(dir, 'lazaret.yaml');
    const registries = [{ id: 'prod', url: 'https://registry.example.com' }];
    // Nobody listens at port 1: a message that is sent would be a failure.
    const notify = [{ kind: 'slack', id: 'security', url: 'http://127.0.0.1:1/services/x' }];
    await writeFile(config, JSON.stringify({ registries, policies: ['policy.yaml'], dataDir: 'data', notify }));
    return { dir, config };
  }

  it('of `init` shows the files without their secrets, and writes none', async () => {
    const dir = await folder();
    const flags = ['--registry', 'harbor', '--url', 'https://harbor.example.com', '--ci', 'github-actions'];
    const source = ['--source', 'https://github.com/acme/app', '--output-dir', join(dir, 'new')];
    const { code, out, err } = await run(['init', ...flags, ...source, '--dry-run']);
    expect({ code, err }).toEqual({ code: 0, err: 'Nothing was written.' });
    expect(out).toContain('mode: observe');
    expect(out).toContain('(a secret)');
    expect(await readdir(dir)).toEqual([]);
  });

  it('of `notify test` names who would be told, and tells nobody', async () => {
    const { config } = await configured();
    expect(await run(['notify', 'test', '--dry-run', '--config', config])).toEqual({
      code: 0,
      out: 'security (slack) would be sent a test message',
      err: '',
    });
  });

  it('of `reload` says that there is no daemon, as without it', async () => {
    const { config } = await configured();
    expect(await run(['reload', '--dry-run', '--config', config])).toMatchObject({ code: 2 });
  });
});
