import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DIALECT_NAMES } from '../../../src/domain/dialect-names.ts';
import { REGISTRY_KIND_NAMES, REGISTRY_KINDS } from '../../../src/domain/registry-kind.ts';
import { renderRegistryPage } from '../../support/registry-page.ts';
import { renderRegistryTable } from '../../support/registry-table.ts';

const DOCS = join(import.meta.dirname, '../../../docs/registries');

describe('the table of registries', () => {
  it('is up to date with the kinds the program knows', async () => {
    const pages = await readdir(DOCS);
    await expect(renderRegistryTable(pages)).toMatchFileSnapshot(join(DOCS, 'README.md'));
  });

  it.each(REGISTRY_KIND_NAMES)(
    'has a page of %s that is up to date with what the program writes and reads',
    async (kind) => {
      await expect(await renderRegistryPage(kind)).toMatchFileSnapshot(join(DOCS, `${kind}.md`));
    },
  );

  it('names for each dialect a registry that speaks it, but for those that the operator words', () => {
    const spoken = REGISTRY_KIND_NAMES.flatMap((name) => REGISTRY_KINDS[name].dialects);
    expect(DIALECT_NAMES.filter((name: string) => name !== 'generic' && !spoken.some((each) => each === name))).toEqual(
      [],
    );
  });
});
