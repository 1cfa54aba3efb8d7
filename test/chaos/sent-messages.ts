import type { ChaosWorld } from './chaos-world.ts';

/** One message as it reached Slack or the mail server. */
export interface Sent {
  /** Since the start of the run, in ms. */
  readonly at: number;
  readonly sink: 'slack' | 'mail';
  readonly text: string;
  readonly saysRepeat: boolean;
}

/** Every message that arrived, by sink and the id it carries, oldest first. */
export function sentMessages({ slack, smtp, history }: ChaosWorld): ReadonlyMap<string, readonly Sent[]> {
  const toSent = (sink: Sent['sink'], text: string, receivedAt: Date): Sent => {
    return { at: history.timeOf(receivedAt), sink, text, saysRepeat: text.includes('This may be a repeat') };
  };
  const all = [
    ...slack.requests.map(({ body, receivedAt }) => toSent('slack', body, receivedAt)),
    ...smtp.messages.map(({ parsed, receivedAt }) => toSent('mail', parsed.text ?? '', receivedAt)),
  ];
  return Map.groupBy(all, ({ sink, text }) => `${sink} ${/Notice: ([\w.:-]+)/.exec(text)?.[1] ?? text}`);
}
