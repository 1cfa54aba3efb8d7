import { findTlv } from '../../../src/verification/x509/parse-tlv.ts';
import { type Material, mutateBytes } from './mutate-bytes.ts';

const MAX_DEPTH = 12;

/** Changes one value of a DER tree and writes the lengths around it anew, so that what lies deeper is still read. */
export function mutateDer(input: Buffer, material: Material, depth = 0): Buffer {
  const values = split(input);
  if (values === undefined || values.length === 0) return mutateBytes(input, material);
  const { random } = material;
  const at = random.below(values.length);
  const { tag, content } = values[at] ?? { tag: 0, content: input };
  const isDeep = depth < MAX_DEPTH && split(content) !== undefined && content.length > 0;
  if (isDeep && random.chance(0.85)) {
    return join(values.with(at, { tag, content: mutateDer(content, material, depth + 1) }));
  }
  switch (random.below(6)) {
    case 0:
      return join(values.toSpliced(at, 1));
    case 1:
      return join(values.toSpliced(at, 0, { tag, content }));
    case 2:
      return join(values.with(at, { tag: random.below(256), content }));
    case 3:
      return join(random.shuffle(values));
    case 4:
      return join(values.with(at, { tag, content: Buffer.alloc(0) }));
    default:
      return join(values.with(at, { tag, content: mutateBytes(content, material) }));
  }
}

interface Value {
  readonly tag: number;
  readonly content: Buffer;
}

function split(der: Buffer): Value[] | undefined {
  const values: Value[] = [];
  for (let at = 0; at < der.length; ) {
    const span = findTlv(der, at);
    if (span === undefined || values.length > 256) return undefined;
    values.push({ tag: span.tag, content: der.subarray(span.start, span.end) });
    at = span.end;
  }
  return values;
}

function join(values: readonly Value[]): Buffer {
  return Buffer.concat(values.flatMap(({ tag, content }) => [Buffer.from([tag]), lengthOf(content.length), content]));
}

function lengthOf(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length]);
  if (length < 0x100) return Buffer.from([0x81, length]);
  return length < 0x10000
    ? Buffer.from([0x82, length >> 8, length & 0xff])
    : Buffer.from([0x83, length >> 16, (length >> 8) & 0xff, length & 0xff]);
}
