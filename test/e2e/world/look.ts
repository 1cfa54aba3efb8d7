import { type Digest, digestHex } from '../../../src/domain/digest.ts';
import { listTags } from '../../support/oci-push.ts';
import { waitFor } from '../../support/wait-for.ts';
import type { World } from './start-world.ts';

/** What the API says about one image. */
export interface SubjectLook {
  readonly state: string;
  readonly outcome: string | null;
  readonly code: string | null;
  readonly reason: string | null;
  readonly final: boolean;
  readonly mark: string;
  readonly correlationId: string;
  readonly verdicts: readonly {
    readonly outcome: string;
    readonly final: boolean;
    readonly reason: string;
    readonly trustEpoch: number;
  }[];
  readonly events: readonly {
    readonly state: string;
    readonly reason: string | null;
    readonly event: { readonly tag: string | null };
  }[];
  readonly effects: readonly {
    readonly kind: string;
    readonly state: string;
    readonly sinkId: string | null;
    readonly result: string | null;
  }[];
}

/** The quarantine tag of this digest, by the default template. */
export function markTagOf(digest: Digest): string {
  return `quarantined-${digestHex(digest)}`;
}

/** Everything on record about an image; `null` if there is nothing. */
export async function look(world: World, repository: string, digest: Digest): Promise<SubjectLook | null> {
  const { status, body } = await world.daemon().get(`/api/v1/subjects/prod/${repository}@${digest}`);
  return status === 404 ? null : (body as SubjectLook);
}

/** Waits until what is on record about an image is as wanted. */
export async function waitForLook(
  world: World,
  image: { readonly repository: string; readonly digest: Digest },
  wanted: (subject: SubjectLook) => boolean,
  what: string,
): Promise<SubjectLook> {
  let last: SubjectLook | null = null;
  return waitFor(
    async () => {
      last = await look(world, image.repository, image.digest);
      return last !== null && wanted(last) ? last : null;
    },
    { what, timeoutMs: 60_000, context: () => `${JSON.stringify(last, null, 1)}\n${world.output().slice(-5000)}` },
  );
}

/** Waits for the final verdict, and for everything that follows from it. */
export function waitForOutcome(
  world: World,
  image: { readonly repository: string; readonly digest: Digest },
  outcome: string,
): Promise<SubjectLook> {
  const settled = (subject: SubjectLook): boolean =>
    subject.outcome === outcome && subject.final && subject.effects.every(({ state }) => isSettled(state));
  return waitForLook(world, image, settled, `${image.repository} to end as ${outcome}`);
}

function isSettled(state: string): boolean {
  return ['done', 'failed', 'superseded', 'held'].includes(state);
}

/** Our tags in a repository. */
export async function marksIn(world: World, repository: string): Promise<string[]> {
  return (await listTags(world.registry.target, repository)).filter((tag) => tag.startsWith('quarantined-'));
}

/**
 * How often one of our tags was written into a repository, or tried to be; a request that was only sent back for
 * credentials is none.
 */
export function markWrites(world: World, repository: string): number {
  const path = `/v2/${repository}/manifests/quarantined-`;
  return world.registry.proxy.requests.filter(
    (request) => request.method === 'PUT' && request.path.startsWith(path) && request.status !== 401,
  ).length;
}

/** The log lines of events that named this tag. */
export function eventLines(world: World, repository: string, tag: string): readonly Record<string, unknown>[] {
  return world
    .daemon()
    .logs()
    .filter(({ msg, event }) => msg === 'event received' && isEventOf(event, repository, tag));
}

function isEventOf(event: unknown, repository: string, tag: string): boolean {
  if (typeof event !== 'object' || event === null || !('repository' in event && 'tag' in event)) return false;
  return event.repository === repository && event.tag === tag;
}

/** The Slack messages about an image, oldest first, as the texts in their blocks. */
export function slackAbout(world: World, digest: Digest): string[] {
  return world.slack.requests.map(({ json }) => textsIn(json).join('\n')).filter((text) => text.includes(digest));
}

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

/** The mails about an image, oldest first: subject and text. */
export function mailsAbout(
  world: World,
  digest: Digest,
): { readonly subject: string; readonly text: string; readonly html: string }[] {
  return world.smtp.messages
    .map(({ parsed }) => ({ subject: parsed.subject ?? '', text: parsed.text ?? '', html: parsed.html || '' }))
    .filter(({ text }) => text.includes(digest));
}
