import type { ApiKind } from '../../domain/api-kind.ts';
import type { ConfiguredRegistry } from '../../ports/registries.ts';
import { createHarborApi, type HarborApiOptions } from './harbor-api.ts';
import { createHarborLabelReader, createHarborLabelWriter } from './harbor-labels.ts';

interface LabelApi extends HarborApiOptions {
  readonly kind: ApiKind;
}

/** The labels of a registry, read and written with credentials of their own; `undefined` where it has none. */
export function createLabels(reader: LabelApi | undefined, writer: LabelApi | undefined): ConfiguredRegistry['labels'] {
  if (reader?.kind !== 'harbor') return undefined;
  return {
    reader: createHarborLabelReader(createHarborApi(reader)),
    ...(writer && { writer: createHarborLabelWriter(createHarborApi(writer)) }),
  };
}
