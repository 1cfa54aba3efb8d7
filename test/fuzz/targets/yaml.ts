import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { createConfigSchema } from '../../../src/config/config-schema.ts';
import { crossCheck } from '../../../src/config/cross-checks.ts';
import { parseEventMap } from '../../../src/config/event-map-schema.ts';
import type { Outside } from '../../../src/config/outside.ts';
import { InvalidInputError } from '../../../src/kit/errors.ts';
import { Secret } from '../../../src/kit/secret.ts';
import { parseWithSchema } from '../../../src/kit/strict-schema.ts';
import { parseStrictYaml } from '../../../src/kit/strict-yaml.ts';
import { parsePolicyDocuments } from '../../../src/policy/read/parse-policy-documents.ts';
import { createKeyPair } from '../../support/sigstore/keys.ts';
import { assertShort, readOrRefuse } from '../expect-error.ts';
import type { FuzzTarget } from '../fuzz-target.ts';

const DOCS = join(import.meta.dirname, '../../../docs');
const { pem } = createKeyPair();

/** Files and variables that are all there, and hold something harmless: the real ones are none of the fuzzer's business. */
const outside: Outside = {
  resolvePath: (path) => join('/etc/lazaret', path),
  readText: () => ({ ok: true, value: pem }),
  readSecret: () => ({ ok: true, value: new Secret('secret') }),
  readVariable: () => ({ ok: true, value: new Secret('secret') }),
  missingSecrets: () => 0,
};

// Texts as JSON: what the library folds over lines by itself it does not always read back as it was.
const WRITTEN = { aliasDuplicateObjects: false, defaultStringType: 'QUOTE_DOUBLE', doubleQuotedAsJSON: true } as const;

export const targets: readonly FuzzTarget[] = [
  {
    name: 'yaml',
    shape: 'text',
    seeds: [
      'a: 1\nb: [x, "y"]\n---\nc: {d: null}\n',
      '- |\n  text\n- >-\n  more\n',
      'a: &x 1\nb: *x\n',
      ...examples(),
    ].map((text) => Buffer.from(text)),
    run(input) {
      const { documents, issues } = parseStrictYaml('file.yaml', input.toString('utf8'));
      assertShort(issues);
      if (issues.length > 0) return;
      for (const { value } of documents) {
        const [again] = parseStrictYaml('file.yaml', stringify(value, WRITTEN)).documents;
        assert.deepEqual(again?.value, value, 'what is written is what was read');
      }
    },
  },
  {
    name: 'config',
    shape: 'text',
    seeds: examples().map((text) => Buffer.from(text)),
    run(input) {
      const [document] = parseStrictYaml('lazaret.yaml', input.toString('utf8')).documents;
      if (document === undefined) return;
      const reading = parseWithSchema(createConfigSchema(outside), document);
      if (!reading.ok) assertIssues(reading.issues);
      assertIssues(crossCheck(document));
    },
  },
  {
    name: 'policy',
    shape: 'text',
    seeds: policies().map((text) => Buffer.from(text)),
    run(input) {
      const file = { file: 'policy.yaml', text: input.toString('utf8') };
      const options = { trustNames: ['sigstore', 'github'], noMatch: 'alert' } as const;
      const read = () => parsePolicyDocuments([file], readKey, options);
      const set = readOrRefuse(read);
      if (set !== undefined) assert.equal(read().revision, set.revision, 'the same text is the same revision');
    },
  },
  {
    name: 'event-map',
    shape: 'text',
    seeds: [readFileSync(join(DOCS, '../test/fixtures/events/generic.map.yaml'))],
    run(input) {
      const reading = parseEventMap('map.yaml', input.toString('utf8'));
      if (!reading.ok) assertIssues(reading.issues);
    },
  },
];

function assertIssues(issues: readonly { readonly where: string; readonly message: string }[]): void {
  for (const issue of issues.slice(0, 50)) assertShort(issue);
}

function readKey(path: string): string {
  if (path.endsWith('.pub')) return pem;
  throw new InvalidInputError('POLICY_INVALID', `${path} cannot be read`);
}

function examples(): string[] {
  const folder = join(DOCS, 'examples');
  return readdirSync(folder).map((file) => readFileSync(join(folder, file), 'utf8'));
}

/** Those that stand in the documentation. */
function policies(): string[] {
  const text = readFileSync(join(DOCS, 'policies.md'), 'utf8');
  const blocks = [...text.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, block = '']) => block);
  return blocks.filter((block) => block.includes('apiVersion:'));
}
