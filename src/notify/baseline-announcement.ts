import { createHash } from 'node:crypto';
import type { Announcement } from '../domain/announcement.ts';
import { digestOf } from '../domain/digest.ts';
import type { BaselineReport } from '../ports/baseline-record.ts';
import { wordsFor } from './build-announcement.ts';

/** Reason codes told of a baseline; the rest is counted. */
const MAX_CODES = 8;

/** Puts together what people should hear of all that lay in a registry before anybody looked. Pure. */
export function baselineAnnouncement(
  report: BaselineReport,
  { host, configFile, now }: { readonly host: string; readonly configFile?: string | undefined; readonly now: Date },
): Announcement {
  const identity = `${report.sourceId} ${report.registryId} baseline`;
  return {
    id: createHash('sha256').update(`${identity} ${now.toISOString()}`).digest('hex').slice(0, 16),
    kind: 'baseline',
    image: host,
    digest: digestOf(Buffer.from(identity)),
    tags: [],
    outcome: 'indeterminate',
    code: 'BASELINE',
    reason: reasonOf(report),
    policies: [],
    requirements: [],
    action: {
      kind: 'none',
      sentence: `Nothing was tagged, and no message an image was sent. To act on those that fail: lazaret quarantine apply --failing --repository ${wordsFor(`${host}/**`, configFile)} (with --dry-run it only says which).`,
    },
    firstSeenAt: now.toISOString(),
    judgedAt: now.toISOString(),
    commands: { look: `lazaret quarantine list --failing${wordsFor('', configFile).replace("''", '')}` },
    mayBeRepeat: false,
  };
}

function reasonOf({ images, failing, untold }: BaselineReport): string {
  const count = failing.reduce((sum, each) => sum + each.count, 0);
  const codes = failing.slice(0, MAX_CODES).map((each) => `${each.count} ${each.code}`);
  const others = failing.length > MAX_CODES ? [`and ${failing.length - MAX_CODES} reasons more`] : [];
  const why = count === 0 ? '' : ` (${[...codes, ...others].join(', ')})`;
  const unknown = untold === 0 ? '' : ` ${untold} could not be told yet.`;
  return `${images} ${images === 1 ? 'image was' : 'images were'} there before Lazaret looked: ${images - count - untold} pass, ${count} fail${why}.${unknown}`;
}
