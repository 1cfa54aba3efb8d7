import type { RegistryCredentials } from '../../src/domain/registry-credentials.ts';
import type { LabelReader, LabelWriter } from '../../src/ports/labels.ts';
import type { HarborLabels } from './harbor-labels.ts';
import { openRegistry } from './open-registry.ts';

/** The labels of a Harbor, as a configured registry reads and writes them. */
export function openHarbor(
  { server }: HarborLabels,
  writeCredentials: RegistryCredentials = { kind: 'none' },
): { readonly reader: LabelReader; readonly writer: LabelWriter } {
  const { labels } = openRegistry(server.url, {
    kind: 'harbor',
    api: { kind: 'harbor' },
    credentials: writeCredentials,
    writeCredentials,
  });
  if (labels?.writer === undefined) throw new TypeError('expected a Harbor to have labels');
  return { reader: labels.reader, writer: labels.writer };
}
