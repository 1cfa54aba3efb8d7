import type { Config } from '../config/config.ts';
import type { NotifyConfig } from '../config/notify-schema.ts';
import { createEmailSink } from '../notify/email/email-sink.ts';
import { createSlackSink } from '../notify/slack/slack-sink.ts';
import type { Sink } from '../ports/sink.ts';

/** All places where people are told, by id. Nothing is contacted yet. */
export function createSinks(config: Pick<Config, 'notify' | 'proxy'>): ReadonlyMap<string, Sink> {
  return new Map(config.notify.map((entry) => [entry.id, createSink(entry, config.proxy)]));
}

function createSink(entry: NotifyConfig, proxy: Config['proxy']): Sink {
  switch (entry.kind) {
    case 'slack':
      return createSlackSink({ ...entry, proxy });
    case 'email':
      return createEmailSink(entry);
  }
}
