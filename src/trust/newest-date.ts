/** The newest start of validity in a trust root: a moment that has passed. */
export function newestDate(document: string): Date {
  const starts = [...document.matchAll(/"start"\s*:\s*"([^"]{1,40})"/g)].map(([, text]) => Date.parse(text ?? ''));
  return new Date(Math.max(0, ...starts.filter((ms) => !Number.isNaN(ms))));
}
