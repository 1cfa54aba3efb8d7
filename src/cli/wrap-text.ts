/**
 * Breaks text into lines of at most `width` columns, every line led by `indent` spaces, the first by `lead` instead.
 * A word longer than a line (a digest, a URL) is left whole, so that it can be copied.
 */
export function wrapText(text: string, options: { width: number; indent: number; lead?: string }): string {
  const margin = ' '.repeat(options.indent);
  const lines: string[] = [];
  let line = options.lead ?? margin;
  let isEmpty = true;
  for (const word of text.split(' ')) {
    if (!isEmpty && line.length + 1 + word.length > options.width) {
      lines.push(line);
      line = margin;
      isEmpty = true;
    }
    line += isEmpty ? word : ` ${word}`;
    isEmpty = false;
  }
  return [...lines, line].join('\n');
}
