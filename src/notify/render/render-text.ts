// The room `notify/render`: what every message says, whichever way it is sent.

import type { Notice } from './notice.ts';

/** Writes a notice as plain text, for e-mail readers and terminals; lines are not wrapped. Pure. */
export function renderText(notice: Notice): string {
  const sections = [
    [notice.title],
    [notice.reason],
    rows(notice.facts),
    ...notice.listed.map(([title, ...lines]) => [title, ...indent(lines)]),
    ...(notice.more === '' ? [] : [[notice.more]]),
    ...notice.unmet.map((requirement) => [
      `Not met: ${requirement.name}`,
      ...indent(
        rows([
          ['Expected', requirement.expected],
          ['Found', requirement.found],
          ...(requirement.advice === '' ? [] : [['What to do', requirement.advice] as const]),
        ]),
      ),
    ]),
    ...(notice.others === '' ? [] : [[notice.others]]),
    ['In the registry', ...indent([notice.action, notice.note])],
    ...notice.commands.map(({ label, command }) => [label, ...indent([command])]),
    ['--', ...notice.details],
  ];
  return `${sections.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

function rows(pairs: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...pairs.map(([label]) => label.length)) + 2;
  return pairs.map(([label, value]) => `${label.padEnd(width)}${value}`);
}

function indent(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`);
}
