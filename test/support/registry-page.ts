import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AnnounceWay } from '../../src/cli/init/answers.ts';
import { REGISTRY_GUIDES } from '../../src/cli/init/registry-guides.ts';
import { renderFiles, renderSteps } from '../../src/cli/init/render-files.ts';
import { CAPABILITIES, REGISTRY_KINDS, type RegistryKindName } from '../../src/domain/registry-kind.ts';
import { REGISTRY_NOTES } from './registry-notes.ts';

const EVENTS = join(import.meta.dirname, '../fixtures/events');
/** What is shown of an event; the rest is left out. */
const SHOWN_LINES = 60;

/** The page of one kind of registry, from what the program itself knows, writes and reads. */
export async function renderRegistryPage(kind: RegistryKindName): Promise<string> {
  const { title, dialects, capabilities } = REGISTRY_KINDS[kind];
  const { rights, notes, sources, event } = REGISTRY_NOTES[kind];
  const { ways, url, repositories } = REGISTRY_GUIDES[kind];
  const answers = {
    registry: kind,
    url: new URL(url),
    repositories,
    announce: ways[0] ?? ('poll' satisfies AnnounceWay),
    ci: 'github-actions',
    source: 'https://github.com/acme/app',
    notify: 'none',
    address: new URL('https://lazaret.example.com'),
  } as const;
  const config = renderFiles(answers, '').find(({ name }) => name === 'lazaret.yaml')?.content ?? '';
  const steps = renderSteps(answers, '.');
  const inRegistry = steps.slice(1, steps.indexOf('')).map((line) => line.trim());
  return [
    `# ${title}`,
    '',
    '<!-- Written by test/unit/config/registry-table.test.ts from the program and test/support/registry-notes.ts: `npm run -s docs` -->',
    '',
    `| ${CAPABILITIES.join(' | ')} |`,
    `|${CAPABILITIES.map(() => '---|').join('')}`,
    `| ${CAPABILITIES.map((each) => capabilities[each]).join(' | ')} |`,
    '',
    'What the words mean: [all registries](README.md).',
    '',
    '## Set it up',
    '',
    `\`lazaret init --registry ${kind}\` writes this, and a first policy:`,
    '',
    '```yaml',
    sectionsOf(config),
    '```',
    '',
    'In the registry:',
    '',
    '```',
    ...inRegistry,
    '```',
    '',
    '| right | for |',
    '|---|---|',
    `| ${rights[0]} | reading |`,
    `| ${rights[1]} | quarantine tags, once \`quarantine.mode\` is \`tag\` |`,
    '',
    '## What one must know',
    '',
    ...notes.map((note) => `- ${note}`),
    '',
    ...(event === undefined ? [] : await renderEvent(event, dialects.join('`, `'))),
    `Said by: ${sources.join(', ')}`,
    '',
  ].join('\n');
}

/** `registries` and `sources` of a configuration. */
function sectionsOf(config: string): string {
  return config.slice(config.indexOf('registries:'), config.indexOf('\npolicies:')).trim();
}

async function renderEvent(file: string, dialects: string): Promise<readonly string[]> {
  const text = await readFile(join(EVENTS, file), 'utf8');
  const lines = JSON.stringify(JSON.parse(text), null, 2).split('\n');
  const shown = lines.length > SHOWN_LINES ? [...lines.slice(0, SHOWN_LINES), '…'] : lines;
  return ['## An event as it looks', '', `Read by the dialect \`${dialects}\`:`, '', '```', ...shown, '```', ''];
}
