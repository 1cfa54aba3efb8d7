import { MAX_INPUT_BYTES, type Shape } from '../fuzz-target.ts';
import { type Material, mutateBytes } from './mutate-bytes.ts';
import { mutateDer } from './mutate-der.ts';
import { mutateJson } from './mutate-json.ts';

const MUTATORS = { json: mutateJson, der: mutateDer, text: mutateBytes, bytes: mutateBytes } as const satisfies Record<
  Shape,
  (input: Buffer, material: Material) => Buffer
>;
const MOST_CHANGES = 4;

/** Another input, one to four changes away from this one. */
export function mutate(input: Uint8Array, shape: Shape, material: Material): Buffer {
  let changed: Buffer = Buffer.from(input);
  for (let left = 1 + material.random.below(MOST_CHANGES); left > 0; left--) {
    changed = MUTATORS[shape](changed, material).subarray(0, MAX_INPUT_BYTES);
  }
  return changed;
}
