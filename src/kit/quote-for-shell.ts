/** One word of a command that people paste: what is more than a name must not run as one. */
export function quoteForShell(word: string): string {
  return /^[A-Za-z0-9._/:@[\]-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
