const SURROGATE = /[\ud800-\udfff]/;

/** How many code points a text has: what CEL counts, where JavaScript counts UTF-16 units. */
export function countPoints(text: string): number {
  if (!SURROGATE.test(text)) return text.length;
  let count = 0;
  for (const _ of text) count++;
  return count;
}

/** The unit at which so many code points have passed, `undefined` if the text has fewer. */
export function unitAt(text: string, points: number): number | undefined {
  if (!Number.isInteger(points) || points < 0 || points > text.length) return undefined;
  if (!SURROGATE.test(text)) return points;
  let unit = 0;
  for (let passed = 0; passed < points; passed++) {
    if (unit >= text.length) return undefined;
    unit += (text.codePointAt(unit) ?? 0) > 0xffff ? 2 : 1;
  }
  return unit;
}
