import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { WebhookSourceConfig } from '../../../src/config/source-config.ts';
import { type ConfigFolder, createConfigFolder, MINIMAL } from '../../support/config-folder.ts';

let folder: ConfigFolder;
beforeAll(async () => {
  folder = await createConfigFolder();
  await folder.write('map.yaml', 'repository: event.name\ntag: event.tag\n');
  await folder.write('bad-map.yaml', '# of mine\nrepository: event.name\ntag: evnt.tag\n');
  await folder.write('empty-map.yaml', '# nothing\n');
});
afterAll(async () => {
  await folder.remove();
});

const [WEBHOOK] = MINIMAL.sources;
const generic = (change: object): object => ({
  ...MINIMAL,
  sources: [{ ...WEBHOOK, dialect: 'generic', ...change }],
});

describe('the map of a source', () => {
  it.each([
    ['written with it', { map: { repository: 'event.name', tag: 'event.tag' } }],
    ['in a file of its own', { mapFile: 'map.yaml' }],
    [
      'of a topic',
      { kind: 'kafka', brokers: ['kafka:9092'], topic: 'pushes', bearerFile: undefined, mapFile: 'map.yaml' },
    ],
  ])('is read: %s', async (_name, change) => {
    const { config, faults } = await folder.load(generic(change));
    expect(faults).toEqual([]);
    const [source] = (config?.sources ?? []) as readonly WebhookSourceConfig[];
    const [read] = source?.map?.read({ name: 'acme/app', tag: 'v1' }, {}) ?? [];
    expect(read?.()).toMatchObject({ repository: { value: 'acme/app' }, tag: { value: 'v1' } });
  });

  it.each<[string, object, RegExp]>([
    [
      'with a name that nothing has',
      { map: { repository: 'bdy.name' } },
      /lazaret\.yaml:\d+:\d+: expected a CEL expression: unknown name `bdy`; did you mean `body`\?/,
    ],
    ['that gives no text', { map: { repository: '5' } }, /it gives int, and must give string/],
    ['without a repository', { map: { tag: 'event.tag' } }, /missing key "repository"/],
    ['with a key that is none', { map: { repository: 'event.a', digst: 'event.b' } }, /"digst".*Did you mean "digest"/],
    [
      'in a file with a fault',
      { mapFile: 'bad-map.yaml' },
      /bad-map\.yaml:3:6: .*unknown name `evnt`; did you mean `event`/,
    ],
    ['in a file that is empty', { mapFile: 'empty-map.yaml' }, /expected a map, got an empty file/],
    ['in a file that is not there', { mapFile: 'no-map.yaml' }, /there is no file .*no-map\.yaml/],
    ['that is missing', {}, /the dialect generic needs a `map` or a `mapFile`/],
    ['given twice', { map: { repository: 'event.a' }, mapFile: 'map.yaml' }, /`map` and `mapFile` exclude each other/],
    ['of another dialect', { dialect: 'zot', map: { repository: 'event.a' } }, /`map` is for `dialect: generic` alone/],
  ])('is a fault %s', async (_name, change, words) => {
    const { code, faults } = await folder.load(generic(change));
    expect(code).toBe('CONFIG_INVALID');
    expect(faults).toEqual([expect.stringMatching(words)]);
  });
});
