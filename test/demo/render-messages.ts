import type { Style } from '../../src/cli/terminal.ts';
import { wrapText } from '../../src/cli/wrap-text.ts';
import type { SlackBlock, SlackMessage } from '../../src/notify/slack/slack-message.ts';
import type { ReceivedMail } from '../support/servers/smtp.ts';
import type { ImageResult } from './run-image.ts';

// Two spaces, the bar, a space.
const MARGIN = 4;

/** The messages as they were sent: those to Slack as Slack would show them, and the mails, the first of them in full. */
export function renderMessages(results: readonly ImageResult[], style: Style, width: number): string {
  const slack = results.flatMap((result) => result.slack);
  const mails = results.flatMap((result) => result.mails);
  const heads = mails.map(({ parsed, to }) => `  to ${to.join(', ')}   ${parsed.subject ?? ''}`);
  const [first] = mails;
  return [
    style.bold(`Slack received ${slack.length} messages`),
    ...slack.map((message) => frame(renderSlack(message), style, width)),
    '',
    style.bold(`The mail server received ${mails.length} mails with the same content`),
    ...heads,
    ...(first === undefined ? [] : ['', '  The first of them in full (its text; it has an HTML part too):']),
    ...(first === undefined ? [] : [frame(renderMail(first), style, width)]),
  ].join('\n');
}

/** Long lines are broken as a window would, but commands stay whole, to be copied. */
function frame(text: string, style: Style, width: number): string {
  const lines = text.split('\n').flatMap((line) => {
    if (/^ *lazaret /.test(line)) return [line];
    const [margin = ''] = /^ */.exec(line) ?? [];
    return wrapText(line.trimStart(), { width: width - MARGIN, indent: margin.length }).split('\n');
  });
  return `\n${lines.map((line) => `  ${style.dim('│')} ${line}`.trimEnd()).join('\n')}`;
}

function renderSlack({ blocks }: SlackMessage): string {
  return blocks.map(renderBlock).join('\n');
}

/** One block of https://docs.slack.dev/reference/block-kit/blocks, those that we send. */
function renderBlock(block: SlackBlock): string {
  switch (block.type) {
    case 'header':
      return block.text.text.toUpperCase();
    case 'divider':
      return '─'.repeat(40);
    case 'context':
      return block.elements.map(({ text }) => text).join(' · ');
    case 'section': {
      const fields = (block.fields ?? []).map(({ text }) => text);
      return [...(block.text === undefined ? [] : [block.text.text]), ...pairs(fields)].join('\n');
    }
  }
}

/** Fields come as label and value in turn, or as two labels and then two values: Slack shows two columns. */
function pairs(fields: readonly string[]): string[] {
  const labels = fields.filter(isLabel);
  const values = fields.filter((field) => !isLabel(field));
  return labels.map((label, index) => `${label.replaceAll('*', '').padEnd(10)}${values[index] ?? ''}`);
}

function isLabel(field: string): boolean {
  return /^\*[A-Z][a-z]+\*$/.test(field);
}

function renderMail({ parsed, from, to }: ReceivedMail): string {
  return [`From: ${from}`, `To: ${to.join(', ')}`, `Subject: ${parsed.subject ?? ''}`, '', parsed.text ?? ''].join(
    '\n',
  );
}
