import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseEventMap } from '../../../../src/config/event-map-schema.ts';
import { findDialect } from '../../../../src/sources/dialects/dialects.ts';
import { eventOf } from './fixture.ts';

const DOCS = readFileSync(new URL('../../../../docs/events.md', import.meta.url), 'utf8');
const SECTION = DOCS.slice(DOCS.indexOf('## Any other registry')).split('\n## ')[0] ?? '';
/** Its indented blocks, in order. */
const BLOCKS = [...SECTION.matchAll(/(?:^ {4}.*\n)+/gm)].map(([block]) => block.replaceAll(/^ {4}/gm, ''));
const [, CLOUDSMITH = '', CLOUDSMITH_MAP = '', OWN = '', OWN_MAP = ''] = BLOCKS;

function read(payload: string, map: string) {
  const reading = parseEventMap('map.yaml', map);
  if (!reading.ok) throw new Error(JSON.stringify(reading.issues));
  return findDialect('generic', reading.value)({ body: Buffer.from(payload), headers: {} });
}

describe('the examples of docs/events.md for the dialect generic', () => {
  it('read a delivery of Cloudsmith', () => {
    expect(read(CLOUDSMITH, CLOUDSMITH_MAP)).toEqual([
      eventOf({
        repository: 'acme/prod/app',
        digest: 'sha256:80f0d5c8786bb9e621a45ece0db56d11cdc624ad20da9fe62e9d25490f331d7d' as never,
        actor: 'release-bot',
        time: '2026-11-23T08:00:00.123Z',
        eventId: 'qQdR7rq1gxVd',
      }),
    ]);
    const other = CLOUDSMITH.replace('package.synced', 'package.failed');
    expect(read(other, CLOUDSMITH_MAP)).toMatchObject([{ kind: 'ignored', reason: 'its kind is "other", not a push' }]);
  });

  it('read a batch of a registry of ones own', () => {
    const time = '2026-11-23T08:00:00.000Z';
    const host = 'registry.example.com:5000';
    expect(read(OWN, OWN_MAP)).toEqual([
      eventOf({ host, repository: 'acme/app', tag: 'v1', actor: 'dev@acme.example', time }),
      eventOf({ kind: 'delete', host, repository: 'acme/old', tag: 'v0', time }),
    ]);
  });
});
