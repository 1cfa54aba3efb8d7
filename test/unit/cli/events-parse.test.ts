import { existsSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DIALECT_NAMES } from '../../../src/domain/dialect-names.ts';
import { run } from '../../support/cli/run.ts';
import { makeTempDir } from '../../support/temp-dir.ts';

const FIXTURES = join(import.meta.dirname, '../../fixtures/events');
const fixture = (name: string): string => join(FIXTURES, name);

/** The map that goes with the bodies of the dialect `generic`. */
const mapOptions = (dialect: string): string[] => (dialect === 'generic' ? ['--map', fixture('generic.map.yaml')] : []);

/** The headers recorded beside a body, as options of the command; none where there are none. */
function headerOptions(name: string): string[] {
  const file = fixture(name.replace(/\.json$/, '.headers'));
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
  return lines.filter((line) => line !== '').flatMap((line) => ['--header', line]);
}

const KEYS = ['kind', 'reason', 'host', 'repository', 'tag', 'digest', 'mediaType', 'actor', 'time', 'eventId'];

describe('lazaret events parse', () => {
  it('prints one JSON line for each event, in the order of the payload', async () => {
    const { code, out, err } = await run([
      'events',
      'parse',
      '--dialect',
      'distribution',
      fixture('distribution-multi-event.json'),
    ]);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const events = out.split('\n').map((line) => JSON.parse(line));
    expect(events.map((event) => [event.kind, event.tag])).toEqual([
      ['push', 'v1'],
      ['ignored', null],
      ['ignored', 'v1'],
      ['push', 'multi'],
      ['delete', 'multi'],
    ]);
    for (const event of events) expect(Object.keys(event)).toEqual(KEYS);
  });

  it('says null for what the payload does not hold, and why an event is ignored', async () => {
    const { out } = await run(['events', 'parse', '-d', 'distribution', fixture('distribution-multi-event.json')]);
    const [push, blob] = out.split('\n').map((line) => JSON.parse(line));
    expect(push).toMatchObject({ reason: null, actor: null });
    expect(blob).toMatchObject({ kind: 'ignored', reason: 'it announces a blob, not a manifest', tag: null });
  });

  it.each([
    ['zot', 'zot-2026.08-image-updated-tag'],
    ['lazaret', 'lazaret-pushed-binary'],
  ])('takes the headers that CloudEvents of %s carry their type in', async (dialect, name) => {
    const args = ['events', 'parse', '-d', dialect, ...headerOptions(`${name}.json`), fixture(`${name}.json`)];
    const { code, out } = await run(args);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ kind: 'push' });
  });

  it('shows an example of binary mode that works', async () => {
    const { out: help } = await run(['events', 'parse', '--help']);
    const headers = [...help.matchAll(/-H '([^']+)'/g)].flatMap(([, header = '']) => ['-H', header]);
    expect(headers).not.toEqual([]);
    const body = fixture('zot-2026.08-image-updated-tag.json');
    const { code, out } = await run(['events', 'parse', '-d', 'zot', ...headers, body]);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ kind: 'push', tag: 'v1' });
  });

  it('reads standard input without a file, and with "-"', async () => {
    const stdin = readFileSync(fixture('harbor-pushed-default.json'));
    const bare = await run(['events', 'parse', '-d', 'harbor'], { stdin });
    const dash = await run(['events', 'parse', '-d', 'harbor', '-'], { stdin });
    expect(JSON.parse(bare.out)).toMatchObject({ kind: 'push', repository: 'harbor/alpine' });
    expect(dash.out).toBe(bare.out);
  });

  it('prints sentences with --output text', async () => {
    const args = ['events', 'parse', '-d', 'distribution', '-o', 'text', fixture('distribution-2.8.2-push-tag.json')];
    const { out } = await run(args);
    expect(out).toMatch(/^push 127\.0\.0\.1:15055\/team\/app:v1@sha256:e8e2[0-9a-f]+ at 2026-11-23T00:56:57\.783Z$/);
  });

  it.each(DIALECT_NAMES)('refuses a truncated payload of %s: EVENT_MALFORMED, exit 2', async (dialect) => {
    const file = `${dialect}-truncated.json`;
    const { code, out, err } = await run([
      'events',
      'parse',
      '-d',
      dialect,
      ...mapOptions(dialect),
      ...headerOptions(file),
      fixture(file),
    ]);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(/^error: .*\((EVENT_MALFORMED|JSON_MALFORMED)\)/);
  });

  it.each(DIALECT_NAMES)('prints nothing of a hostile payload of %s that a terminal would obey', async (dialect) => {
    const headers = headerOptions(`${dialect}-hostile.json`);
    for (const output of ['json', 'text']) {
      const file = fixture(`${dialect}-hostile.json`);
      const { out, err } = await run([
        'events',
        'parse',
        '-d',
        dialect,
        ...mapOptions(dialect),
        '-o',
        output,
        ...headers,
        file,
      ]);
      expect((out + err).replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
    }
  });

  it('tries the map of an operator on a payload', async () => {
    const { code, out } = await run([
      ...['events', 'parse', '-d', 'generic', '--map', fixture('generic.map.yaml')],
      fixture('generic-cloudsmith-synced.json'),
    ]);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      kind: 'push',
      repository: 'acme/prod/app',
      digest: 'sha256:80f0d5c8786bb9e621a45ece0db56d11cdc624ad20da9fe62e9d25490f331d7d',
      actor: 'release-bot',
    });
  });

  it('says what is wrong with a map, and where', async () => {
    const folder = await makeTempDir('map');
    const file = join(folder.path, 'map.yaml');
    await writeFile(file, 'repository: bdy.name\ntagg: body.tag\n');
    const { code, err } = await run(['events', 'parse', '-d', 'generic', '-m', file], { stdin: '{}' });
    await folder.remove();
    expect(code).toBe(2);
    expect(err).toContain('the map cannot be used (USAGE_INVALID)');
    expect(err).toMatch(/map\.yaml:1:13: .*unknown name `bdy`; did you mean `body`\? \(at column 1\)/);
    expect(err).toMatch(/map\.yaml:2:1: unknown key "tagg"/);
  });

  it.each([
    [['-d', 'generic'], 'expected a map with the dialect generic'],
    [['-d', 'zot', '--map', fixture('generic.map.yaml')], '`--map` is for the dialect generic alone'],
    [['-d', 'generic', '--map', '/does/not/exist.yaml'], '/does/not/exist.yaml: there is no such file'],
  ])('explains a map that is missing or misplaced: %j', async (args, why) => {
    const { code, err } = await run(['events', 'parse', ...args], { stdin: '{}' });
    expect(code).toBe(2);
    expect(err).toContain(why);
  });

  it('names the nearest dialect for a misspelt one', async () => {
    const { code, err } = await run(['events', 'parse', '-d', 'habor'], { stdin: '{}' });
    expect(code).toBe(2);
    expect(err).toContain('there is no dialect "habor" (USAGE_INVALID)');
    expect(err).toContain('Did you mean harbor?');
  });

  it('explains a header it cannot read', async () => {
    const { code, err } = await run(['events', 'parse', '-d', 'zot', '-H', 'no colon'], { stdin: '{}' });
    expect(code).toBe(2);
    expect(err).toContain("expected 'Name: value', got 'no colon'");
  });

  it.each([
    ['/does/not/exist.json', 'there is no such file'],
    [FIXTURES, 'it cannot be read (EISDIR)'],
  ])('explains a file it cannot read: %s', async (file, why) => {
    const { code, err } = await run(['events', 'parse', '-d', 'harbor', file]);
    expect(code).toBe(2);
    expect(err).toContain(`${file}: ${why}`);
  });
});
