import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { configJsonSchema } from '../../../src/config/json-schema.ts';
import { renderConfigReference } from '../../support/config-reference.ts';

const DOCS = join(import.meta.dirname, '../../../docs');

describe('the reference of the configuration', () => {
  it('is up to date with the schema', async () => {
    const minimal = await readFile(join(DOCS, 'examples/lazaret-minimal.yaml'), 'utf8');
    const full = await readFile(join(DOCS, 'examples/lazaret-full.yaml'), 'utf8');
    await expect(renderConfigReference({ minimal, full })).toMatchFileSnapshot(join(DOCS, 'configuration.md'));
  });

  it('says of every option what it is for', () => {
    const missing = undescribed(configJsonSchema(), '');
    expect(missing).toEqual([]);
  });
});

/** Paths of all properties without a description. */
function undescribed(schema: unknown, path: string): readonly string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  if (Array.isArray(schema)) return schema.flatMap((entry) => undescribed(entry, path));
  return Object.entries(schema).flatMap(([key, value]: [string, unknown]) => {
    if (key !== 'properties' || typeof value !== 'object' || value === null) return undescribed(value, path);
    return Object.entries(value).flatMap(([name, property]: [string, unknown]) => {
      const here = `${path}.${name}`;
      const isDescribed = typeof property === 'object' && property !== null && 'description' in property;
      return [...(isDescribed ? [] : [here]), ...undescribed(property, here)];
    });
  });
}
