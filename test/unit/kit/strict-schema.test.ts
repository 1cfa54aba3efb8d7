import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { parseWithSchema } from '../../../src/kit/strict-schema.ts';
import { parseStrictYaml } from '../../../src/kit/strict-yaml.ts';

const schema = z.strictObject({
  name: z.string().min(1).max(20),
  kind: z.enum(['tag', 'label']),
  port: z.number().int().max(65_535).optional(),
  labels: z.record(z.string(), z.strictObject({ text: z.string() })).optional(),
  parts: z.array(z.strictObject({ size: z.number() })).optional(),
});

function faultsIn(text: string) {
  const [document] = parseStrictYaml('f.yaml', text).documents;
  if (document === undefined) throw new Error('the example is no YAML');
  const reading = parseWithSchema(schema, document);
  return reading.ok ? [] : reading.issues;
}

describe('a document held against a schema', () => {
  it('is its value where nothing is wrong', () => {
    const [document] = parseStrictYaml('f.yaml', 'name: a\nkind: tag\n').documents;
    expect(document && parseWithSchema(schema, document)).toEqual({ ok: true, value: { name: 'a', kind: 'tag' } });
  });

  it('tells of every fault at once, each with its place', () => {
    const faults = faultsIn('name: 5\nkind: tga\nport: 70000\nparts:\n  - size: big\n');
    expect(faults.map(({ where }) => where)).toEqual(['f.yaml:1:7', 'f.yaml:2:7', 'f.yaml:3:7', 'f.yaml:5:11']);
  });

  it('names the nearest key of one that is not known, and the nearest value of a list', () => {
    expect(
      faultsIn('nmae: a\nkind: tga\n')
        .map((fault) => JSON.stringify(fault))
        .join('\n'),
    ).toMatch(/name[\s\S]*tag|tag[\s\S]*name/);
  });

  it('says that a key is missing', () => {
    expect(faultsIn('name: a\n')).toEqual([expect.objectContaining({ message: expect.stringContaining('kind') })]);
  });

  it('quotes no text but one of a list: it may be a secret in the wrong place', () => {
    expect(JSON.stringify(faultsIn('name: a\nkind: tag\nport: hunter2\n'))).not.toContain('hunter2');
  });

  it('says what is too long or too short, and how much would be right', () => {
    expect(faultsIn(`name: ${'a'.repeat(21)}\nkind: tag\n`)).toMatchObject([
      { message: 'name: expected at most 20 characters' },
    ]);
    expect(faultsIn('name: ""\nkind: tag\n')).toMatchObject([{ message: 'name: expected text, got nothing' }]);
  });

  it('says what stands where one of a list should, also where it is no text', () => {
    expect(faultsIn('name: a\nkind: [tag]\n')).toEqual([
      { where: 'f.yaml:2:7', message: 'kind: expected one of "tag", "label", got a list' },
    ]);
    const [fault] = faultsIn('name: a\nkind: 5\n');
    expect(fault).toEqual({ where: 'f.yaml:2:7', message: 'kind: expected one of "tag", "label", got "5"' });
  });

  it('knows what may stand in a member of any name', () => {
    expect(faultsIn('name: a\nkind: tag\nlabels:\n  one: { text: a, txet: b }\n')).toMatchObject([
      { where: 'f.yaml:4:19', message: 'unknown key "txet" in labels.one', hint: expect.stringContaining('"text"') },
    ]);
  });
});
