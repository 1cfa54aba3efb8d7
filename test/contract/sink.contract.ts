import { inspect } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import type { Announcement } from '../../src/domain/announcement.ts';
import { FaultError } from '../../src/kit/errors.ts';
import type { Sink } from '../../src/ports/sink.ts';
import { EVERY_KIND, makeAnnouncement, SAMPLE_DIGEST } from '../support/announcements.ts';
import { HOSTILE_TEXTS } from '../support/hostile-texts.ts';

/** How the other side behaves from now on. */
export type SinkWeather =
  | 'takes messages'
  | 'refuses for now'
  | 'refuses for good'
  /** Takes the connection, and never answers anything. */
  | 'is silent'
  /** Takes the whole message, and never says that it did. */
  | 'takes without a word'
  /** Refuses, and repeats the secrets it was given in its answer. */
  | 'repeats our secrets';

/** A sink with the other side it sends to, a real server. */
export interface SinkStage {
  readonly sink: Sink;
  /** What must be found in no error. */
  readonly secrets: readonly string[];
  setWeather(weather: SinkWeather): void;
  /** Messages taken so far: everything in them a reader may see, as text. */
  received(): readonly string[];
  /** Messages offered so far, taken or not. */
  attempts(): number;
  /** Stops the server: nobody listens any more. */
  vanish(): Promise<void>;
  stop(): Promise<void>;
}

// Long enough for a whole delivery on a busy machine, which the sinks must get through before they give up.
const IMPATIENT = { timeoutMs: 2_000 };

/** What every place that people are told at has in common, whatever it speaks. `timeoutMs` is the sink's own limit. */
export function describeSink(name: string, start: (options: { timeoutMs: number }) => Promise<SinkStage>): void {
  const stages: SinkStage[] = [];
  const stageWith = async (options = { timeoutMs: 10_000 }): Promise<SinkStage> => {
    const stage = await start(options);
    stages.push(stage);
    return stage;
  };
  afterEach(async () => {
    for (const stage of stages.splice(0)) await stage.stop();
  });

  describe(`the ${name} sink`, () => {
    it('sends one message that holds everything a person needs', async () => {
      const stage = await stageWith();
      const announcement = makeAnnouncement();
      await send(stage, announcement);
      const [message = '', ...more] = stage.received();
      expect(more).toEqual([]);
      for (const text of elementsOf(announcement)) expect(message).toContain(text);
    });

    it.each(Object.entries(EVERY_KIND))('sends what is %s', async (_, announcement) => {
      const stage = await stageWith();
      await send(stage, announcement);
      expect(stage.received()).toEqual([expect.stringContaining(announcement.reason)]);
    });

    it('says that a repeat may be one, under the same name', async () => {
      const stage = await stageWith();
      await send(stage, makeAnnouncement());
      await send(stage, makeAnnouncement({ mayBeRepeat: true }));
      const [first = '', second = ''] = stage.received();
      expect(first).toContain('verdict-01JD3Z0000000000000000TEST');
      expect(second).toContain('verdict-01JD3Z0000000000000000TEST');
      expect(first).not.toContain('may be a repeat');
      expect(second).toContain('may be a repeat');
    });

    it('E6, E7: delivers whatever an attacker calls things, with the digest in full', async () => {
      const stage = await stageWith();
      await Promise.all(HOSTILE_TEXTS.map((text) => send(stage, hostileAnnouncement(text))));
      expect(stage.received()).toHaveLength(HOSTILE_TEXTS.length);
      for (const message of stage.received()) expect(message).toContain(SAMPLE_DIGEST);
    });

    it('may be asked again when it is refused for now, and does not ask again itself', async () => {
      const stage = await stageWith();
      stage.setWeather('refuses for now');
      expect(await faultOf(stage)).toMatchObject({ retryable: true });
      expect(stage.attempts()).toBe(1);
    });

    it('gives up when it is refused for good, and says what to do', async () => {
      const stage = await stageWith();
      stage.setWeather('refuses for good');
      const fault = await faultOf(stage);
      expect(fault).toMatchObject({ code: 'SINK_REFUSED', retryable: false, hint: expect.stringMatching(/\w/) });
      expect(stage.attempts()).toBe(1);
    });

    it('works again after a refusal', async () => {
      const stage = await stageWith();
      stage.setWeather('refuses for good');
      await faultOf(stage);
      stage.setWeather('takes messages');
      await send(stage, makeAnnouncement());
      expect(stage.received()).toHaveLength(1);
    });

    it('knows that nothing arrived when nobody listens', async () => {
      const stage = await stageWith();
      await stage.vanish();
      expect(await faultOf(stage)).toMatchObject({ code: 'SINK_UNREACHABLE', retryable: true });
    });

    it('ends within its own time when there is no answer', async () => {
      const stage = await stageWith(IMPATIENT);
      stage.setWeather('is silent');
      expect(await faultOf(stage)).toMatchObject({ retryable: true });
    });

    it('says that a message may have arrived when its receipt did not', async () => {
      const stage = await stageWith(IMPATIENT);
      stage.setWeather('takes without a word');
      expect(await faultOf(stage)).toMatchObject({ code: 'SINK_REPLY_UNKNOWN', retryable: true });
    });

    it('stops when it is told to, and names the reason', async () => {
      const stage = await stageWith();
      stage.setWeather('is silent');
      const stop = new AbortController();
      const sending = errorOf(stage.sink.notify(makeAnnouncement(), stop.signal));
      const reason = new Error('shutting down');
      setTimeout(() => stop.abort(reason), 100);
      expect(await sending).toMatchObject({ name: 'AbortError', cause: reason });
    });

    it('does not start when it was stopped before', async () => {
      const stage = await stageWith();
      const error = await errorOf(stage.sink.notify(makeAnnouncement(), AbortSignal.abort(new Error('stopped'))));
      expect(error).toMatchObject({ name: 'AbortError' });
      expect(stage.received()).toEqual([]);
    });

    const telling: readonly SinkWeather[] = [
      'refuses for now',
      'refuses for good',
      'takes without a word',
      'repeats our secrets',
    ];
    it.each(telling)('E8: shows no secret in what it throws when the other side %s', async (weather) => {
      const stage = await stageWith(IMPATIENT);
      stage.setWeather(weather);
      expectNoSecret(await faultOf(stage), stage.secrets);
    });

    it('E8: shows no secret in what it throws when nobody listens', async () => {
      const stage = await stageWith();
      await stage.vanish();
      expectNoSecret(await faultOf(stage), stage.secrets);
    });
  });
}

/** What a message must hold: the list of elements that a notice promises. */
function elementsOf(announcement: Announcement): readonly string[] {
  const { image, digest, tags, reason, action, commands, requirements, policies } = announcement;
  const unmet = requirements.filter(({ satisfied }) => !satisfied);
  return [
    image,
    digest,
    ...tags,
    'Failed: evidence is missing',
    reason,
    ...unmet.flatMap(({ name, expected, found, advice }) => [name, expected, found, advice]),
    action.sentence,
    'A tag does not block pulls',
    commands.look,
    ...(commands.release === undefined ? ['no release command'] : [commands.release]),
    ...policies,
  ];
}

function hostileAnnouncement(text: string): Announcement {
  return makeAnnouncement({
    image: text,
    tags: [text, text],
    code: text,
    reason: text,
    policies: [text],
    requirements: [{ name: text, satisfied: false, expected: text, found: text, advice: text }],
    action: { kind: 'tagged', tag: text, sentence: text },
    firstSeenAt: text,
    judgedAt: text,
    commands: { look: text, release: text },
    id: text,
  });
}

const send = (stage: SinkStage, announcement: Announcement) =>
  stage.sink.notify(announcement, new AbortController().signal);

async function errorOf(sending: Promise<void>): Promise<unknown> {
  return sending.then(
    () => new Error('it was sent'),
    (error: unknown) => error,
  );
}

async function faultOf(stage: SinkStage): Promise<FaultError> {
  const error = await errorOf(send(stage, makeAnnouncement()));
  expect(error).toBeInstanceOf(FaultError);
  return error as FaultError;
}

// Everything a logger could print: hidden fields and causes as well.
function expectNoSecret(error: unknown, secrets: readonly string[]): void {
  const printed = inspect(error, { depth: 10, showHidden: true, maxStringLength: null });
  expect(secrets.length).toBeGreaterThan(0);
  for (const secret of secrets) expect(printed).not.toContain(secret);
}
