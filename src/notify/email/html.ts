/** Markup whose every value was escaped. Made by {@link html} alone. */
export interface Html {
  readonly markup: string;
}

const ESCAPES: Readonly<Record<string, string | undefined>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/**
 * A template that escapes every value put into it, for text and for quoted attributes alike; markup made by the same
 * template, and lists of it, pass as they are. Unquoted attributes, scripts and styles are no places for a value.
 */
export function html(parts: TemplateStringsArray, ...values: readonly (string | Html | readonly Html[])[]): Html {
  const markup = parts.reduce((text, part, index) => `${text}${write(values[index - 1] ?? '')}${part}`);
  return { markup };
}

function write(value: string | Html | readonly Html[]): string {
  if (typeof value === 'string') return value.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? '');
  if ('markup' in value) return value.markup;
  return value.map((item) => item.markup).join('');
}
