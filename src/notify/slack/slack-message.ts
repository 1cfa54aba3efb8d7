import { type Announcement, isAboutImage } from '../../domain/announcement.ts';
import { shortDigest } from '../../domain/digest.ts';
import { type Notice, renderNotice } from '../render/notice.ts';

/** https://docs.slack.dev/reference/block-kit/blocks: at most 50 blocks in a message. */
export const MAX_BLOCKS = 50;
/** https://docs.slack.dev/reference/block-kit/blocks/header-block */
export const MAX_HEADER = 150;
/** https://docs.slack.dev/reference/block-kit/blocks/section-block: `text`. */
export const MAX_SECTION = 3000;
/** https://docs.slack.dev/reference/block-kit/blocks/section-block: `fields`. */
export const MAX_FIELDS = 10;
export const MAX_FIELD = 2000;
/** https://docs.slack.dev/reference/block-kit/blocks/context-block */
export const MAX_CONTEXT_ELEMENTS = 10;
/** https://docs.slack.dev/reference/methods/chat.postMessage: longer text is advised against. */
export const MAX_TEXT = 4000;

/** https://docs.slack.dev/reference/block-kit/composition-objects/text-object */
export type SlackText =
  /** Shown as it is: no markup, no mention, no link. Everything that may be hostile is one of these. */
  | { readonly type: 'plain_text'; readonly text: string; readonly emoji: false }
  /** Fixed labels of ours only. `verbatim`: Slack makes no links or mentions out of it. */
  | { readonly type: 'mrkdwn'; readonly text: SlackLabel; readonly verbatim: true };

/** The only words that are ever sent as markup. */
export type SlackLabel = '*About*' | '*Image*' | '*Tags*' | '*Digest*' | '*Outcome*' | '*Expected*' | '*Found*';

export type SlackBlock =
  | { readonly type: 'header'; readonly text: SlackText }
  | { readonly type: 'section'; readonly text?: SlackText; readonly fields?: readonly SlackText[] }
  | { readonly type: 'context'; readonly elements: readonly SlackText[] }
  | { readonly type: 'divider' };

/** The body of a post to an incoming webhook. */
export interface SlackMessage {
  /** What a notification shows, and readers that do not show blocks. */
  readonly text: string;
  readonly mrkdwn: false;
  readonly link_names: false;
  readonly unfurl_links: false;
  readonly unfurl_media: false;
  readonly blocks: readonly SlackBlock[];
}

/** Writes an announcement as a Slack message. Pure. */
export function renderSlackMessage(announcement: Announcement): SlackMessage {
  const notice = renderNotice(announcement);
  const about = !isAboutImage(notice) ? notice.image : `${notice.image} (${shortDigest(announcement.digest)})`;
  const summary = `${notice.title}: ${about}`;
  return {
    text: escapeForSlack(summary, MAX_TEXT),
    mrkdwn: false,
    link_names: false,
    unfurl_links: false,
    unfurl_media: false,
    blocks: blocksOf(notice),
  };
}

function blocksOf(notice: Notice): readonly SlackBlock[] {
  const blocks: SlackBlock[] = [
    { type: 'header', text: plain(notice.title, MAX_HEADER) },
    section(notice.reason),
    !isAboutImage(notice)
      ? table(['*About*', notice.image])
      : table(
          ['*Image*', notice.image],
          ['*Digest*', notice.digest],
          ['*Tags*', notice.tags],
          ['*Outcome*', notice.outcome],
        ),
    ...notice.listed.map((lines) => section(lines.join('\n'))),
    ...(notice.more === '' ? [] : [section(notice.more)]),
    ...notice.unmet.map(
      (requirement): SlackBlock => ({
        ...section(`Not met: ${requirement.name}${requirement.advice === '' ? '' : `\n${requirement.advice}`}`),
        fields: columns(['*Expected*', requirement.expected], ['*Found*', requirement.found]),
      }),
    ),
    ...(notice.others === '' ? [] : [section(notice.others)]),
    { type: 'divider' },
    section(`${notice.action}\n${notice.note}`),
    section(notice.commands.map(({ label, command }) => `${label}:\n${command}`).join('\n')),
    {
      type: 'context',
      elements: notice.details.map((detail) => plain(detail, MAX_FIELD)).slice(0, MAX_CONTEXT_ELEMENTS),
    },
  ];
  return blocks.slice(0, MAX_BLOCKS);
}

function section(text: string): { readonly type: 'section'; readonly text: SlackText } {
  return { type: 'section', text: plain(text, MAX_SECTION) };
}

// Slack lays fields out in two columns, row by row: label and value side by side.
function table(...rows: readonly (readonly [SlackLabel, string])[]): SlackBlock {
  return { type: 'section', fields: rows.flatMap(([name, value]) => [label(name), plain(value, MAX_FIELD)]) };
}

// Here the labels are the first row and the values the second: two long sentences side by side.
function columns(...pairs: readonly (readonly [SlackLabel, string])[]): readonly SlackText[] {
  return [...pairs.map(([name]) => label(name)), ...pairs.map(([, value]) => plain(value, MAX_FIELD))];
}

function label(text: SlackLabel): SlackText {
  return { type: 'mrkdwn', text, verbatim: true };
}

function plain(text: string, limit: number): SlackText {
  // Slack refuses an empty text object.
  return { type: 'plain_text', text: escapeForSlack(text === '' ? '–' : text, limit), emoji: false };
}

/**
 * Escapes Slack's three control characters, in plain text too: a reader that treats it as markup must find no
 * `<!channel>` or `<https://…|words>` in it. https://docs.slack.dev/messaging/formatting-message-text#escaping
 * The limit counts characters after escaping (one of ours may become five), and no escape is cut in half.
 */
function escapeForSlack(text: string, limit: number): string {
  const pieces = [...text].map((character) => ESCAPES[character] ?? character);
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  if (length <= limit) return pieces.join('');
  let kept = '';
  for (const piece of pieces) {
    if (kept.length + piece.length > limit - 1) break;
    kept += piece;
  }
  return `${kept}…`;
}

const ESCAPES: Readonly<Record<string, string | undefined>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };
