import assert from 'node:assert/strict';
import { isTagName } from '../../../src/domain/image-reference.ts';
import { FaultError } from '../../../src/kit/errors.ts';
import { readNames } from '../../../src/registry/inventory/read-names.ts';
import type { FuzzTarget } from '../fuzz-target.ts';

const URL_OF_TAGS = new URL('https://registry.example.com/v2/acme/app/tags/list');

/** Lists of tags, as any registry may answer. */
export const targets: readonly FuzzTarget[] = [
  {
    name: 'tags-list',
    shape: 'json',
    seeds: ['{"name":"acme/app","tags":["v1","latest"]}', '{"tags":null}'].map((text) => Buffer.from(text)),
    async run(input) {
      const reply = { status: 200, body: input, header: () => undefined };
      const client = { host: URL_OF_TAGS.host, send: async () => reply } as never;
      const list = {
        client,
        url: URL_OF_TAGS,
        repository: 'acme/app',
        member: 'tags',
        what: 'the tags',
        isName: isTagName,
      } as const;
      try {
        const answer = await readNames(list, undefined);
        if (answer.kind === 'page') for (const name of answer.page.entries) assert.ok(isTagName(name));
      } catch (error) {
        if (!(error instanceof FaultError)) throw error;
      }
    },
  },
];
