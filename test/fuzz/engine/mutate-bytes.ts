import type { Random } from '../../chaos/random.ts';

/** What mutations draw from. */
export interface Material {
  readonly random: Random;
  /** Words of the parser. */
  readonly words: readonly string[];
  /** Other inputs. */
  readonly corpus: readonly Uint8Array[];
}

const EDGES = [0, 1, 0x7f, 0x80, 0x81, 0x82, 0x84, 0xff, 0x0a, 0x22, 0x5c, 0x30, 0x2d, 0x3c, 0x2c, 0x7b, 0x5b];

/** Changes some bytes, whatever they mean. */
export function mutateBytes(input: Buffer, material: Material): Buffer {
  const { random, words, corpus } = material;
  const at = random.below(input.length + 1);
  const length = Math.min(input.length - at, 1 + random.below(random.chance(0.7) ? 8 : 256));
  const [head, part, tail] = [input.subarray(0, at), input.subarray(at, at + length), input.subarray(at + length)];
  switch (random.below(9)) {
    case 0:
      return Buffer.concat([head, tail]);
    case 1:
      return Buffer.concat([head, part, part, tail]);
    case 2:
      return Buffer.concat([head, part, ...Array.from({ length: random.below(64) }, () => part), tail]);
    case 3:
      return Buffer.concat([
        head,
        Buffer.from(pick(random, words, '')),
        random.chance(0.5) ? tail : Buffer.concat([part, tail]),
      ]);
    case 4: {
      const other = pick(random, corpus, input);
      const from = random.below(other.length + 1);
      return Buffer.concat([head, Buffer.from(other.subarray(from, from + 1 + random.below(256))), tail]);
    }
    case 5:
      return Buffer.concat([head, Buffer.from([random.below(256)]), part, tail]);
    case 6: {
      const changed = Buffer.from(input);
      if (at < changed.length) changed[at] = (changed[at] ?? 0) ^ (1 << random.below(8));
      return changed;
    }
    case 7: {
      const changed = Buffer.from(input);
      if (at < changed.length) changed[at] = random.chance(0.5) ? random.pick(EDGES) : random.below(256);
      return changed;
    }
    default: {
      const changed = Buffer.from(input);
      if (at + 4 <= changed.length) changed.writeInt32BE(random.pick([-1, 0, 0x7fffffff, 255, 65535, -65536]), at);
      return changed;
    }
  }
}

function pick<T>(random: Random, items: readonly T[], fallback: T): T {
  return items.length === 0 ? fallback : random.pick(items);
}
