import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JsonOutline, outlineJson } from '../../../src/sources/json-outline.ts';

describe('the outline of a payload', () => {
  it('is the payload itself where nothing in it is long or deep, however it is cut into pieces', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 3 }), fc.integer({ min: 1, max: 9 }), (text, piece) => {
        expect(outline(text, 20, piece)).toBe(text);
      }),
    );
  });

  it('leaves out what is nested too deep', () => {
    const payload = { name: 'a', target: { digest: 'd', references: [{ a: '}]' }, { b: {} }], tag: 't' }, end: [1] };
    const { references: _, ...target } = payload.target;
    expect(JSON.parse(outline(JSON.stringify(payload), 2))).toEqual({
      ...payload,
      target: { ...target, references: null },
    });
  });

  it.each(['x', 'é', '😀', '\u0001', '"', '\\', 'aé"'])('cuts a long text of %j between two characters', (piece) => {
    for (let shift = 0; shift < 8; shift += 1) {
      const value = 'y'.repeat(shift) + piece.repeat(9000);
      const { text, after } = JSON.parse(outline(JSON.stringify({ text: value, after: 1 }), 4, 1000));
      expect(value.startsWith(text)).toBe(true);
      expect(text.length).toBeGreaterThan(500);
      expect(text.length).toBeLessThan(4200);
      expect(after).toBe(1);
    }
  });

  it('keeps little of much', async () => {
    const manifest = JSON.stringify({ manifest: `"${'<'.repeat(5_000_000)}`, digest: 'd' });
    expect((await outlineJson(Buffer.from(manifest), 4)).length).toBeLessThan(5000);
  });

  it('is small for what never closes', () => {
    expect(outline('['.repeat(100_000), 8)).toBe(`${'['.repeat(8)}null`);
    expect(outline(`"${'x'.repeat(100_000)}`, 8).length).toBeLessThan(5000);
  });
});

function outline(text: string, depth: number, pieceBytes = 64 * 1024): string {
  const bytes = Buffer.from(text);
  const made = new JsonOutline(depth);
  for (let at = 0; at < bytes.length; at += pieceBytes) made.push(bytes.subarray(at, at + pieceBytes));
  return made.take().toString();
}
