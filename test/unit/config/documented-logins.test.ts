import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { makeCertificate } from '../../support/certificate.ts';
import { type ConfigFolder, createConfigFolder, MINIMAL } from '../../support/config-folder.ts';

const DOCUMENT = readFileSync(join(import.meta.dirname, '../../../docs/authentication.md'), 'utf8');

/** Sources in indented blocks, whole or by their `sasl` alone, with files that are there. */
function examples(): Record<string, unknown>[] {
  const blocks = DOCUMENT.split(/\n(?! {4}|\n)/).flatMap((text) => text.match(/(?:^ {4}.*\n?|^\n)+/gm) ?? []);
  return blocks.flatMap((block) => {
    const text = block.replace(/^ {4}/gm, '').replaceAll(/\/(?:var\/)?run\/secrets\/[\w/.-]+/g, 'secret');
    const lists = text
      .split(/^(?=#|- |sasl:|sources:)/m)
      .filter((part) => /^(?:- \{? ?kind|sasl:|sources:)/.test(part));
    return lists.flatMap((part) => sourcesIn(parse(part)));
  });
}

function sourcesIn(written: unknown): Record<string, unknown>[] {
  if (Array.isArray(written)) return written;
  const { sources, sasl } = written as { sources?: Record<string, unknown>[]; sasl?: object };
  if (sources !== undefined) return sources;
  const brokers = ['b-1.pushes.abc123.c2.kafka.eu-central-1.amazonaws.com:9098'];
  return [{ kind: 'kafka', id: 'k', dialect: 'harbor', registry: 'prod', topic: 'pushes', brokers, tls: true, sasl }];
}

let folder: ConfigFolder;
beforeAll(async () => {
  folder = await createConfigFolder();
  const { cert, key } = makeCertificate();
  await folder.write('tls.crt', cert);
  await folder.write('tls.key', key);
});
afterAll(() => folder.remove());

describe('the examples of docs/authentication.md', () => {
  const sources = examples();

  it('are one for each way and each login', () => {
    const keys = new Set(sources.flatMap((source) => Object.keys(source)));
    for (const way of [
      'authorizationFile',
      'bearerFile',
      'basic',
      'hmac',
      'header',
      'oidc',
      'clientCertificate',
      'pathFile',
    ]) {
      expect(keys).toContain(way);
    }
    const mechanisms = sources.flatMap(({ sasl }) =>
      sasl === undefined ? [] : [Reflect.get(Object(sasl), 'mechanism')],
    );
    expect(mechanisms).toEqual(['oauthbearer', 'oauthbearer', 'oauthbearer', 'aws-msk-iam']);
  });

  it.each(sources.map((source) => [stringify(source).replaceAll('\n', ' '), source] as const))(
    '%s',
    async (_, source) => {
      const registries = [{ ...MINIMAL.registries[0], id: source['registry'] }];
      const http = { tls: { certFile: 'tls.crt', keyFile: 'tls.key', clientCaFile: 'tls.crt' } };
      const { faults, config } = await folder.load({ ...MINIMAL, registries, sources: [source], http });
      expect(faults).toEqual([]);
      expect(config?.warnings).toEqual([]);
    },
  );
});
