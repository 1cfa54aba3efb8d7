import { generateKeyPairSync } from 'node:crypto';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readAnswers } from '../../../../src/cli/init/read-answers.ts';
import { run } from '../../../support/cli/run.ts';
import { makeTempDir } from '../../../support/temp-dir.ts';

async function folder(): Promise<string> {
  const dir = await makeTempDir('init-run');
  onTestFinished(() => dir.remove());
  return dir.path;
}

const FLAGS = ['--registry', 'harbor', '--url', 'https://harbor.example.com', '--ci', 'github-actions'];
const SOURCE = ['--source', 'https://github.com/acme/app'];

describe('lazaret init', () => {
  it('writes what the options say without asking, with secrets only their owner can read', async () => {
    const dir = await folder();
    const { code, out } = await run(['init', ...FLAGS, ...SOURCE, '--output-dir', dir]);
    expect(code).toBe(0);
    expect(out).toContain('lazaret config check');
    expect((await readdir(join(dir, 'secrets'))).toSorted()).toEqual(['hook', 'registry']);
    expect((await stat(join(dir, 'secrets/hook'))).mode & 0o777).toBe(0o600);
    expect((await readFile(join(dir, 'secrets/hook'), 'utf8')).trim()).toMatch(/^[\w-]{43}$/);
    expect(await readFile(join(dir, 'lazaret.yaml'), 'utf8')).toContain('mode: observe');
    const check = await run(['config', 'check', '--config', join(dir, 'lazaret.yaml')]);
    expect(check).toMatchObject({ code: 0 });
  });

  it('makes another secret each time', async () => {
    const [one, two] = [await folder(), await folder()];
    for (const dir of [one, two]) await run(['init', ...FLAGS, ...SOURCE, '--output-dir', dir]);
    const [a, b] = await Promise.all([one, two].map((dir) => readFile(join(dir, 'secrets/hook'), 'utf8')));
    expect(a).not.toBe(b);
  });

  it('overwrites nothing, and writes nothing else then', async () => {
    const dir = await folder();
    await writeFile(join(dir, 'lazaret.yaml'), 'mine\n');
    const { code, err } = await run(['init', ...FLAGS, ...SOURCE, '--output-dir', dir]);
    expect(code).toBe(2);
    expect(err).toContain('is there already');
    expect(await readdir(dir)).toEqual(['lazaret.yaml']);
    expect(await readFile(join(dir, 'lazaret.yaml'), 'utf8')).toBe('mine\n');
  });

  it.each([
    ['no registry', ['init', '--ci', 'key'], '--registry: missing: one of oci'],
    ['an unknown registry', ['init', '--registry', 'habor'], '--registry: expected one of oci'],
    ['no source', ['init', ...FLAGS], '--source: missing: Which repository builds them?'],
    [
      'a source of another kind',
      ['init', ...FLAGS, '--source', 'acme/app'],
      'https://github.com/acme/app, got "acme/app"',
    ],
    ['a way the registry has not', ['init', ...FLAGS, ...SOURCE, '--announce', 'sqs'], 'expected one of webhook, poll'],
    [
      'an address with a path',
      ['init', ...FLAGS.with(3, 'https://x.example.com/v2'), ...SOURCE],
      'expected scheme and host',
    ],
    [
      'a repository with quotes',
      ['init', ...FLAGS, ...SOURCE, '--repository', 'a"b'],
      'expected a repository or a glob',
    ],
  ])('says what is wrong with %s, and writes nothing', async (_, args, words) => {
    const dir = await folder();
    const { code, err } = await run([...args, '--output-dir', dir]);
    expect(code).toBe(2);
    expect(err.replace(/\s+/g, ' ')).toContain(words);
    expect(await readdir(dir)).toEqual([]);
  });

  it('takes a path of a key with characters that YAML reads as more', async () => {
    const dir = await folder();
    await mkdir(join(dir, 'keys'));
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    await writeFile(join(dir, 'keys/a,b}#.pub'), publicKey.export({ type: 'spki', format: 'pem' }));
    const flags = ['--registry', 'ghcr', '--ci', 'key', '--source', 'keys/a,b}#.pub', '--output-dir', dir];
    expect(await run(['init', ...flags])).toMatchObject({ code: 0 });
    expect(await run(['config', 'check', '--config', join(dir, 'lazaret.yaml')])).toMatchObject({ code: 0 });
  });

  it('says that a folder cannot be written to', async () => {
    const dir = await folder();
    await writeFile(join(dir, 'file'), '');
    const { code, err } = await run(['init', ...FLAGS, ...SOURCE, '--output-dir', join(dir, 'file')]);
    expect(code).toBe(3);
    expect(err).toMatch(/cannot be written\s+to \((ENOTDIR|EEXIST)\)/);
  });

  it('asks for what no option says: numbers and names, again where neither is one, and takes what is proposed', async () => {
    const asked: string[] = [];
    const said = [
      '99',
      'harbor',
      '',
      'harbor/x',
      'https://harbor.example.com',
      '1',
      'key',
      '',
      'keys/team.pub',
      '',
      '2',
      '',
    ];
    const ask = async (question: string): Promise<string> => {
      asked.push(question);
      return said.shift() ?? expect.fail(`nobody answers ${question}`);
    };
    await expect(readAnswers({}, ask)).resolves.toEqual({
      registry: 'harbor',
      url: new URL('https://harbor.example.com'),
      repositories: ['acme/**'],
      announce: 'webhook',
      ci: 'key',
      source: 'keys/team.pub',
      notify: 'email',
      address: new URL('https://lazaret.example.com'),
    });
    expect(asked[0]).toBe(asked[1]);
    expect(asked[3]).toContain('expected scheme and host');
    expect(said).toEqual([]);
  });
});
