import { describe, expect, it } from 'vitest';
import type { Announcement } from '../../src/domain/announcement.ts';
import { Secret } from '../../src/kit/secret.ts';
import { createSlackSink } from '../../src/notify/slack/slack-sink.ts';
import { EVERY_KIND, makeAnnouncement } from '../support/announcements.ts';
import {
  type ScriptedAnswer,
  SLACK_CANARY_PATH,
  type SlackReceiver,
  startSlackReceiver,
} from '../support/servers/slack-receiver.ts';
import { describeSink, type SinkStage, type SinkWeather } from './sink.contract.ts';

const ANSWERS: Readonly<Record<SinkWeather, ScriptedAnswer>> = {
  'takes messages': {},
  'refuses for now': { status: 503, body: 'service_unavailable' },
  'refuses for good': { status: 404, body: 'no_service' },
  'is silent': { hang: true },
  'takes without a word': { hang: true },
  'repeats our secrets': { status: 404, body: `Cannot POST ${SLACK_CANARY_PATH}: canarysecretcanarysecret` },
};

function sinkFor(receiver: SlackReceiver, timeoutMs = 10_000) {
  return createSlackSink({ id: 'security', url: new Secret(receiver.url), timeoutMs });
}

describeSink('Slack', async ({ timeoutMs }): Promise<SinkStage> => {
  const receiver = await startSlackReceiver();
  let weather: SinkWeather = 'takes messages';
  const sink = sinkFor(receiver, timeoutMs);
  const taken = new Set<unknown>();
  return {
    sink: {
      ...sink,
      notify: async (announcement, signal) => {
        await sink.notify(announcement, signal);
        taken.add(receiver.requests.at(-1));
      },
    },
    secrets: [SLACK_CANARY_PATH, 'canarysecretcanarysecret', receiver.url],
    setWeather: (next) => {
      weather = next;
      receiver.setDefault(ANSWERS[weather]);
    },
    received: () => receiver.requests.filter((request) => taken.has(request)).map(({ json }) => readable(json)),
    attempts: () => receiver.requests.length,
    vanish: () => receiver.stop(),
    stop: async () => {
      await sink.close?.();
      await receiver.stop();
    },
  };
});

/** Everything Slack shows: every `text` of the blocks, with its three escapes undone. */
function readable(value: unknown): string {
  const texts: string[] = [];
  const walk = (node: unknown): void => {
    if (typeof node === 'string') texts.push(node);
    else if (typeof node === 'object' && node !== null) for (const part of Object.values(node)) walk(part);
  };
  walk(value);
  return texts.join('\n').replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}

describe('what Slack answers', () => {
  const ok = { status: 200, body: 'ok' };
  const cases: readonly (readonly [ScriptedAnswer, object])[] = [
    [
      { status: 200, body: 'invalid_payload' },
      { code: 'SINK_REFUSED', retryable: false, remoteCode: 'invalid_payload' },
    ],
    [
      { status: 200, body: '<html>maintenance</html>' },
      { code: 'SINK_REFUSED', retryable: false },
    ],
    [
      { status: 200, body: '' },
      { code: 'SINK_REFUSED', retryable: false },
    ],
    [
      { status: 301, headers: { location: 'http://127.0.0.1:9/' } },
      { code: 'SINK_REFUSED', retryable: false },
    ],
    [
      { status: 400, body: 'invalid_blocks' },
      { code: 'SINK_REFUSED', remoteCode: 'invalid_blocks' },
    ],
    [
      { status: 403, body: 'action_prohibited' },
      { code: 'SINK_REFUSED', retryable: false },
    ],
    [
      { status: 404, body: 'channel_not_found' },
      { code: 'SINK_REFUSED', retryable: false },
    ],
    [{ status: 408 }, { code: 'SINK_UNREACHABLE', retryable: true }],
    [
      { status: 410, body: 'channel_is_archived' },
      { code: 'SINK_REFUSED', retryable: false },
    ],
    [{ status: 425 }, { code: 'SINK_UNREACHABLE', retryable: true }],
    [
      { status: 429, body: 'rate_limited', headers: { 'retry-after': '30' } },
      { code: 'SINK_RATE_LIMITED', retryable: true, retryAfterMs: 30_000 },
    ],
    [
      { status: 429, body: '{"ok":false,"error":"rate_limited","retry_after":2.5}' },
      { code: 'SINK_RATE_LIMITED', retryAfterMs: 3_000 },
    ],
    [
      { status: 429, body: '{"retry_after":600}', headers: { 'retry-after': '7' } },
      { code: 'SINK_RATE_LIMITED', retryAfterMs: 7_000 },
    ],
    [
      { status: 429, body: '{"retry_after":"soon"}' },
      { code: 'SINK_RATE_LIMITED', retryAfterMs: undefined },
    ],
    [{ status: 429 }, { code: 'SINK_RATE_LIMITED', retryable: true, retryAfterMs: undefined }],
    [
      { status: 500, body: 'rollup_error' },
      { code: 'SINK_UNREACHABLE', retryable: true },
    ],
    [
      { status: 503, headers: { 'retry-after': '5' } },
      { code: 'SINK_UNREACHABLE', retryAfterMs: 5_000 },
    ],
    [{ reset: true }, { code: 'SINK_REPLY_UNKNOWN', retryable: true }],
  ];
  it.each(cases)('%j is %j', async (answer, expected) => {
    await withReceiver(async (receiver) => {
      receiver.script(answer, ok);
      const sink = sinkFor(receiver);
      await expect(sink.notify(makeAnnouncement(), new AbortController().signal)).rejects.toMatchObject(expected);
      await sink.notify(makeAnnouncement(), new AbortController().signal);
      expect(receiver.requests).toHaveLength(2);
    });
  });
});

describe('what is posted', () => {
  it.each(Object.entries(EVERY_KIND))('is what Slack takes: %s', async (name, announcement: Announcement) => {
    await withReceiver(async (receiver) => {
      await sinkFor(receiver).notify(announcement, new AbortController().signal);
      const [request] = receiver.requests;
      expect(request).toMatchObject({
        method: 'POST',
        headers: { 'content-type': 'application/json; charset=utf-8' },
      });
      await expect(`${JSON.stringify(request?.json, null, 2)}\n`).toMatchFileSnapshot(
        `../fixtures/notices/${name}.slack.json`,
      );
    });
  });
});

describe('its address', () => {
  it.each(['http://hooks.example.com/services/T/B/secret', 'ftp://hooks.slack.com/', 'hooks.slack.com/services/x', ''])(
    'is refused when it is %j, without being shown',
    (address) => {
      const create = () => createSlackSink({ id: 'security', url: new Secret(address) });
      expect(create).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
      expect(create).toThrow(expect.objectContaining({ message: expect.not.stringContaining('secret') }));
    },
  );
});

async function withReceiver(use: (receiver: SlackReceiver) => Promise<void>): Promise<void> {
  const receiver = await startSlackReceiver();
  try {
    await use(receiver);
  } finally {
    await receiver.stop();
  }
}
