import { CAPABILITIES, REGISTRY_KIND_NAMES, REGISTRY_KINDS, type Support } from '../../src/domain/registry-kind.ts';

const WORDS: Readonly<Record<Support, string>> = { yes: 'yes', no: 'no', asked: 'asked' };

const INTRODUCTION = `# Registries

<!-- The table is written by test/unit/config/registry-table.test.ts from src/domain/registry-kind.ts: \`npm run -s docs\` -->

What can be done in each kind of registry, as \`registries[].kind\` names it. "asked": it depends on version, setting or
right; Lazaret finds it out. What a registry really does counts more than what is said of its kind.

\`lazaret doctor\` and [\`/api/v1/registries\`](../operations.md) say what is known of each registry of yours, in the words of
this table; what nobody knows yet is \`untold\`, never "no". Lazaret asks at its start and every day, and writes nothing for
it: it asks for the catalogue, for the referrers of an image that nobody has, and on ECR and Harbor for the rules about
tags (Harbor tells them to those who may list immutability rules). Whether a tag can be put and taken off, and on other
registries whether tags are immutable, shows what becomes of Lazaret's own tags. A refusal to delete is believed for a day.
Where it differs by repository (immutable tags: ECR's repositories, Harbor's projects) it is told of the one that is named.

`;

const LEGEND = `
| | |
|---|---|
| tag | a quarantine tag can be added to an image |
| untag | a tag can be taken off alone. Where it cannot, release points it to an artifact without content |
| immutable | tags may be kept from being moved, where whoever runs the registry has set that |
| referrers | it lists the evidence of an image; elsewhere tags of the form \`sha256-…\` are read |
| catalogue | it tells what lies in it, for [sweeps](../sweeps.md) |
| lock | the pull of one image can be blocked: \`quarantine.mode: lock\` |
| label | an image can be marked without a tag: \`quarantine.mode: label\` |

A tag or a label blocks no pull: whoever asks by digest or by another tag gets the image.
`;

/** The page of all registries, from the table the program uses. */
export function renderRegistryTable(pages: readonly string[]): string {
  const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |\n`;
  const heads = ['`kind`', 'registry', 'events', ...CAPABILITIES];
  const rows = REGISTRY_KIND_NAMES.map((name) => {
    const { title, dialects, capabilities } = REGISTRY_KINDS[name];
    const linked = pages.includes(`${name}.md`) ? `[${title}](${name}.md)` : title;
    const events = dialects.length === 0 ? 'none' : dialects.map((dialect) => `\`${dialect}\``).join(', ');
    return row([`\`${name}\``, linked, events, ...CAPABILITIES.map((each) => WORDS[capabilities[each]])]);
  });
  return INTRODUCTION + row(heads) + row(heads.map(() => '---')) + rows.join('') + LEGEND;
}
