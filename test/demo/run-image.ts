import type { SlackMessage } from '../../src/notify/slack/slack-message.ts';
import type { MarkState } from '../../src/ports/subject-record.ts';
import { listTags, type Pushed, pullManifest } from '../support/oci-push.ts';
import { pushFallbackReferrer } from '../support/push-image.ts';
import { waitFor } from '../support/wait-for.ts';
import { GRACE_SECONDS } from './configuration.ts';
import { type DemoImage, UNANNOUNCED } from './images.ts';
import { pushDemoImage } from './push-demo-image.ts';
import type { Demo } from './start-demo.ts';

/** An image of the demo, run to its end. */
export interface ImageResult {
  readonly image: DemoImage;
  readonly pushed: Pushed;
  readonly outcome: string;
  /** The sentence that explains it. */
  readonly reason: string;
  readonly tagsBefore: readonly string[];
  readonly tagsAfter: readonly string[];
  readonly slack: readonly SlackMessage[];
  readonly mails: Demo['smtp']['messages'];
  /** Where it did not end as it had to: expected and found. */
  readonly problems: readonly string[];
}

/** What the API says about an image, as far as the demo reads it. */
interface SubjectView {
  readonly state: string;
  readonly outcome: string | null;
  readonly reason: string | null;
  readonly final: boolean;
  readonly mark: MarkState;
  readonly effects: readonly { readonly state: string }[];
}

// The grace, and as much again as a slow and busy machine may need.
const DEADLINE_MS = GRACE_SECONDS * 1000 + 60_000;

/** Pushes the image unless it is there, signs it when its story says so, and waits for what becomes of it. */
export async function runImage(demo: Demo, image: DemoImage): Promise<ImageResult> {
  const { registry, sigstore } = demo;
  const { pushed, tagsBefore } =
    image.repository === UNANNOUNCED ? demo.unannounced : await pushDemoImage(registry.url, image.repository);
  const sign = () =>
    pushFallbackReferrer(registry.url, image.repository, pushed, image.attest(pushed, sigstore)).then(() => undefined);
  if (image.signing === 'with the push') await sign();
  if (image.signing === 'while it is waited for') {
    await waitForView(demo, image, pushed, 'to be waited for', ({ state }) => state === 'waiting');
    await sign();
  }
  if (image.signing === 'after its quarantine') {
    await waitForView(demo, image, pushed, 'to be quarantined', ({ mark }) => mark === 'quarantined');
    await sign();
  }
  const view = await waitForEnd(demo, image, pushed);
  const tagsAfter = await describeTags(demo, image);
  const slack = demo.slack.requests
    .filter(({ body }) => body.includes(pushed.digest))
    .map(({ json }) => json as SlackMessage);
  const mails = demo.smtp.messages.filter(({ parsed }) => parsed.text?.includes(pushed.digest));
  const result = { image, pushed, tagsBefore, tagsAfter, slack, mails };
  const problems = compare(view, image, { slack: slack.length, mails: mails.length, tagsAfter });
  return { ...result, outcome: view.outcome ?? 'no verdict', reason: view.reason ?? '', problems };
}

/** The end the image should come to; or whatever it has come to when the time is over, for the table to show. */
async function waitForEnd(demo: Demo, image: DemoImage, pushed: Pushed): Promise<SubjectView> {
  const { outcome, mark } = image.expected;
  const hasEnded = (view: SubjectView): boolean =>
    view.final &&
    view.outcome === outcome &&
    view.mark === mark &&
    view.effects.every(({ state }) => state !== 'pending' && state !== 'sending');
  try {
    return await waitForView(demo, image, pushed, 'to end', hasEnded);
  } catch (error) {
    const view = await readView(demo, image, pushed);
    if (view === null) throw error;
    return view;
  }
}

function waitForView(
  demo: Demo,
  image: DemoImage,
  pushed: Pushed,
  what: string,
  wanted: (view: SubjectView) => boolean,
): Promise<SubjectView> {
  return waitFor(
    async () => {
      const view = await readView(demo, image, pushed);
      return view !== null && wanted(view) ? view : null;
    },
    { what: `${image.repository} ${what}`, timeoutMs: DEADLINE_MS, intervalMs: 100 },
  );
}

async function readView({ daemon }: Demo, image: DemoImage, { digest }: Pushed): Promise<SubjectView | null> {
  const response = await fetch(`${daemon.url}/api/v1/subjects/demo/${image.repository}@${digest}`);
  return response.ok ? ((await response.json()) as SubjectView) : null;
}

const RELEASED = ' (says: released)';

/** The tags people see; those that only carry evidence (`sha256-…`) are left out. */
async function describeTags({ registry }: Demo, { repository }: DemoImage): Promise<string[]> {
  const tags = (await listTags(registry.url, repository)).filter((tag) => !tag.startsWith('sha256-'));
  return Promise.all(
    tags.map(async (tag) => {
      const manifest = (await pullManifest(registry.url, repository, tag))?.toString() ?? '';
      return manifest.includes('dev.lazaret.released') ? `${tag}${RELEASED}` : tag;
    }),
  );
}

function compare(
  view: SubjectView,
  { expected }: DemoImage,
  seen: { readonly slack: number; readonly mails: number; readonly tagsAfter: readonly string[] },
): string[] {
  const facts: readonly (readonly [string, unknown, unknown])[] = [
    ['outcome', expected.outcome, view.outcome],
    ['final', true, view.final],
    ['mark on record', expected.mark, view.mark],
    ['mark in the registry', expected.mark, markIn(seen.tagsAfter)],
    ['messages in Slack', expected.messages, seen.slack],
    ['mails', expected.messages, seen.mails],
  ];
  return facts
    .filter(([, wanted, found]) => wanted !== found)
    .map(([what, wanted, found]) => `${what}: expected ${String(wanted)}, found ${String(found)}`);
}

function markIn(tags: readonly string[]): MarkState {
  const ours = tags.filter((tag) => tag.startsWith('quarantined-'));
  if (ours.length === 0) return 'none';
  return ours.every((tag) => tag.endsWith(RELEASED)) ? 'released' : 'quarantined';
}
