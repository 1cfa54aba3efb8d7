import type { InputIssue } from '../kit/errors.ts';
import type { YamlDocument } from '../kit/strict-yaml.ts';
import { entriesOf } from './written-section.ts';

/** The dialect `generic` is nothing without a map, and no other has one. */
export function findMissingMaps(document: YamlDocument): readonly InputIssue[] {
  return entriesOf(document, 'sources').flatMap(({ index, value }) => {
    const given = ['map', 'mapFile'].filter((key) => Object.hasOwn(value, key));
    const [first, second] = given;
    if (second !== undefined) {
      const where = document.locateKey(['sources', index], second);
      return [{ where, message: '`map` and `mapFile` exclude each other', hint: 'Keep one of them.' }];
    }
    if (value['dialect'] === 'generic' && first === undefined) {
      const where = document.locate(['sources', index]);
      const hint = 'Say where an event has its repository: `map: { repository: event.name, tag: event.tag }`.';
      return [{ where, message: 'the dialect generic needs a `map` or a `mapFile`', hint }];
    }
    if (value['dialect'] === 'generic' || first === undefined) return [];
    const where = document.locateKey(['sources', index], first);
    return [{ where, message: `\`${first}\` is for \`dialect: generic\` alone`, hint: 'Remove it.' }];
  });
}
