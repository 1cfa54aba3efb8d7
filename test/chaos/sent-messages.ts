import type { ChaosWorld } from './chaos-world.ts';

/** One message as it reached Slack or the mail server. */
export interface Sent {
  readonly sink: 'slack' | 'mail';
  readonly text: string;
  readonly saysRepeat: boolean;
}

/** Every message that arrived, by sink and the id it carries, oldest first. */
export function sentMessages(world: ChaosWorld): ReadonlyMap<string, readonly Sent[]> {
  const all = [
    ...world.slack.requests.map(({ body }) => toSent('slack', body)),
    ...world.smtp.messages.map(({ parsed }) => toSent('mail', parsed.text ?? '')),
  ];
  return Map.groupBy(all, ({ sink, text }) => `${sink} ${/Notice: ([\w.:-]+)/.exec(text)?.[1] ?? text}`);
}

function toSent(sink: Sent['sink'], text: string): Sent {
  return { sink, text, saysRepeat: text.includes('This may be a repeat') };
}
