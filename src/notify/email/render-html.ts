import type { Notice, NoticeRequirement } from '../render/notice.ts';

/**
 * Writes a notice as an HTML page for mail readers: inline styles only, because readers drop the rest, and no images,
 * links or scripts, because each could reach out to somebody. Pure.
 */
export function renderHtml(notice: Notice): string {
  return html`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>${notice.title}</title></head>
<body style="font-family: sans-serif; line-height: 1.4; max-width: 46em">
<h1 style="font-size: 1.3em">${notice.title}</h1>
<p>${notice.reason}</p>
${table(notice.facts)}
${notice.listed.map(imageOf)}${notice.more === '' ? '' : html`<p>${notice.more}</p>\n`}${notice.unmet.map(requirementOf)}${notice.others === '' ? '' : html`<p>${notice.others}</p>\n`}<h2 style="font-size: 1em">In the registry</h2>
<p>${notice.action}<br>${notice.note}</p>
${notice.commands.map(
  ({ label, command }) =>
    html`<h2 style="font-size: 1em">${label}</h2>\n<pre style="white-space: pre-wrap; word-break: break-all">${command}</pre>\n`,
)}<hr>
<p style="font-size: 0.85em">${notice.details.map((detail) => html`${detail}<br>\n`)}</p>
</body>
</html>
`.markup;
}

function imageOf([title, ...lines]: Notice['listed'][number]): Html {
  return html`<h2 style="font-size: 1em">${title}</h2>
<p style="word-break: break-word">${lines.map((line) => html`${line}<br>\n`)}</p>
`;
}

function requirementOf({ name, expected, found, advice }: NoticeRequirement): Html {
  return html`<h2 style="font-size: 1em">Not met: ${name}</h2>
${table([['Expected', expected], ['Found', found], ...(advice === '' ? [] : [['What to do', advice] as const])])}
`;
}

function table(rows: readonly (readonly [string, string])[]): Html {
  return html`<table>
${rows.map(
  ([label, value]) =>
    html`<tr><th style="text-align: left; vertical-align: top; padding-right: 1em">${label}</th><td style="word-break: break-word">${value}</td></tr>\n`,
)}</table>`;
}

/** Markup whose every value was escaped. Made by {@link html} alone. */
interface Html {
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
function html(parts: TemplateStringsArray, ...values: readonly (string | Html | readonly Html[])[]): Html {
  const markup = parts.reduce((text, part, index) => `${text}${write(values[index - 1] ?? '')}${part}`);
  return { markup };
}

function write(value: string | Html | readonly Html[]): string {
  if (typeof value === 'string') return value.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? '');
  if ('markup' in value) return value.markup;
  return value.map((item) => item.markup).join('');
}
