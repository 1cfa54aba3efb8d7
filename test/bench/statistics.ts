/** A figure over several runs. */
export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

/** Median, least and most of some samples. */
export function spreadOf(samples: readonly number[]): Spread {
  return { median: quantile(samples, 0.5), least: quantile(samples, 0), most: quantile(samples, 1) };
}

/** The sample below which this share of all lies. */
export function quantile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

/** `12.3 (11.9–14.0)`: the median, with least and most. */
export function showSpread({ median, least, most }: Spread): string {
  return `${round(median)} (${round(least)}–${round(most)})`;
}

function round(value: number): string {
  if (Math.abs(value) >= 100) return value.toFixed(0);
  return value.toPrecision(3);
}
